using System.Text.RegularExpressions;

namespace NnService.Api.Tests;

/// <summary>docs/troubleshooting.md quotes what the service says: each quotation is in the source still, and each reason not to start is on the page.</summary>
public sealed partial class TroubleshootingTests
{
    private static readonly string s_document = File.ReadAllText(Path.Combine(Repository.Root, "docs", "troubleshooting.md"));

    // One line a message: literals that are put together with + are joined, and comments left out.
    private static readonly string[] s_messages =
    [
        .. Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Split(Path.DirectorySeparatorChar).Contains("obj"))
            .SelectMany(file => Joint().Replace(File.ReadAllText(file), "").Split('\n'))
            .Where(line => line.Contains('"', StringComparison.Ordinal) && !line.TrimStart().StartsWith("//", StringComparison.Ordinal)),
    ];

    [Fact]
    public void Whatever_it_quotes_the_service_says()
    {
        string[] quoted = [.. Quotations()];

        Assert.True(quoted.Length >= 20, $"{quoted.Length} quotations were found.");
        Assert.Equal([], quoted.Where(quotation => !IsSaid(quotation)));
    }

    [Fact]
    public void Each_reason_not_to_start_or_to_run_a_command_is_explained()
    {
        string[] reasons =
        [
            .. Directory.EnumerateFiles(Path.Combine(Repository.Root, "src", "NnService.Api"), "*.cs", SearchOption.AllDirectories)
                .Where(file => !file.Split(Path.DirectorySeparatorChar).Contains("obj"))
                .SelectMany(file => Thrown().Matches(Joint().Replace(File.ReadAllText(file), ""))).Select(thrown => thrown.Groups[1].Value),
        ];
        Regex[] explained = [.. Quotations().Select(Pattern)];

        Assert.True(reasons.Length >= 25, $"{reasons.Length} reasons were found.");
        var left = reasons.Where(reason => !explained.Any(pattern => pattern.IsMatch(reason))).ToList();
        Assert.True(left.Count == 0, string.Join('\n', left));
    }

    [Theory]
    [InlineData("looks like an identifier", true)]
    [InlineData("There is no setting", true)]
    [InlineData("has … ; the header has", true)]
    [InlineData("looks like an identificator", false)]
    [InlineData("the header has … There is no setting", false)] // both are said, but not by one message
    [InlineData("Subscribe before reading history", false)]
    public void A_quotation_is_compared_as_a_whole(string quotation, bool isSaid) => Assert.Equal(isSaid, IsSaid(quotation));

    // In the tables of messages each row begins with one, or with several that have · between; … stands for what differs.
    private static IEnumerable<string> Quotations() => s_document.Split("| it says |").Skip(1)
        .SelectMany(table => table.Split("\n\n")[0].Split('\n').Skip(2))
        .SelectMany(row => row.Split('|')[1].Split('·'))
        .Select(quotation => quotation.Replace("`", "", StringComparison.Ordinal).Trim());

    private static bool IsSaid(string quotation) => s_messages.Any(Pattern(quotation).IsMatch);

    private static Regex Pattern(string quotation) =>
        new("\"[^\n]*" + string.Join(".*", quotation.Split('…').Select(part => Regex.Escape(part.Trim()))));

    [GeneratedRegex("new StartException\\(\\s*(\\$?\"[^\n]*)")]
    private static partial Regex Thrown();

    [GeneratedRegex("\"\\s*\\+\\s*\\$?\"")]
    private static partial Regex Joint();
}
