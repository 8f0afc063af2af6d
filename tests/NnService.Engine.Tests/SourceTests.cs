using System.Text.RegularExpressions;

namespace NnService.Engine.Tests;

public sealed partial class SourceTests
{
    [Fact]
    public void The_engine_calls_no_function_whose_last_bits_depend_on_the_platform()
    {
        var files = Directory.GetFiles(Path.Combine(Root(), "src", "NnService.Engine"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .ToList();
        Assert.True(files.Count > 50, $"{files.Count} files");
        Assert.Empty(files.SelectMany(file => PlatformDependent().Matches(File.ReadAllText(file)).Select(match => $"{Path.GetFileName(file)}: {match.Value}")));
    }

    [Theory]
    [InlineData("Math.Exp(x)", true)]
    [InlineData("MathF.Tanh (x)", true)]
    [InlineData("T.Pow(x, y)", true)]
    [InlineData("double.LogP1(x)", true)]
    [InlineData("Vector512.Log2(x)", true)]
    [InlineData("TensorPrimitives.Dot(x, y)", true)]
    [InlineData("Transcendentals.Exp(x)", false)]
    [InlineData("Math.Sqrt(x)", false)]
    [InlineData("Math.ILogB(x)", false)]
    public void The_search_finds_what_it_looks_for(string code, bool found) => Assert.Equal(found, PlatformDependent().IsMatch(code));

    [GeneratedRegex(
        @"\b(?:Math|MathF|double|float|Half|T|Vector|Vector128|Vector256|Vector512)\s*\.\s*" +
        @"(?:A?(?:Sin|Cos|Tan)(?:h|Pi)?|Atan2(?:Pi)?|SinCos(?:Pi)?|Exp(?:2|10)?(?:M1)?|Log(?:2|10)?(?:P1)?|Pow|Cbrt|Hypot|RootN)(?:<\w+>)?\s*\(" +
        @"|\bTensorPrimitives\b")]
    private static partial Regex PlatformDependent();

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "NnService.sln")))
            folder = folder.Parent ?? throw new DirectoryNotFoundException("The tests run outside the repository.");
        return folder.FullName;
    }
}
