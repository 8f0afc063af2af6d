namespace NnService.Api.Tests;

/// <summary>A test that needs a program, and is skipped where that is not on the path.</summary>
[AttributeUsage(AttributeTargets.Method)]
public class ProgramFactAttribute : FactAttribute
{
    public ProgramFactAttribute(string program, string package) =>
        Skip = IsOnPath(program) ? null : $"{program} is not installed (apt-get install {package}).";

    private static bool IsOnPath(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Any(folder => File.Exists(Path.Combine(folder, program)) || File.Exists(Path.Combine(folder, $"{program}.exe")));
}
