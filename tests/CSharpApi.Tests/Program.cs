global using Functional.Tests;
global using static Functional.CSharp.Tests.Cases;
global using Test = Expecto.Test;
global using TestsAttribute = Expecto.TestsAttribute;

using Expecto.CSharp;

return TestingPlatform.run(args);

namespace Functional.CSharp.Tests
{
    /// <summary>How tests are written here: lists of cases, a class a list, marked [Tests] so that the runner finds it.</summary>
    internal static class Cases
    {
        public static Test List(string name, params Test[] cases) => Runner.TestList(name, cases);

        public static Test Case(string sentence, Action body) => Runner.TestCase(sentence, body);

        public static Test Case(string sentence, Func<Task> body) => Runner.TestCase(sentence, body);

        /// <summary>While the test runs, no other does.</summary>
        public static Test Alone(Test test) => Runner.TestSequenced(test);
    }
}
