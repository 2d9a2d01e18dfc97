using Xunit;

namespace Functional.CSharp.Tests;

public class PlaceholderTests
{
    [Fact]
    public void The_facade_can_be_loaded() =>
        Assert.Equal("Functional.CSharp", System.Reflection.Assembly.Load("Functional.CSharp").GetName().Name);
}
