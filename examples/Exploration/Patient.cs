namespace Exploration;

/// <summary>A patient by the names of the table's columns.</summary>
internal sealed record Patient(int Age, string Sex, string BP, string Cholesterol, double Na_to_K);
