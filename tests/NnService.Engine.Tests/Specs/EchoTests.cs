using NnService.Engine.Specs;

namespace NnService.Engine.Tests.Specs;

public sealed class EchoTests
{
    [Fact]
    public void A_name_is_cut_between_whole_characters()
    {
        Assert.Equal("short", Echo.Cut("short"));
        Assert.Equal("", Echo.Cut(null));
        Assert.Equal(new string('x', 120), Echo.Cut(new string('x', 120)));
        Assert.Equal(new string('x', 120) + "…", Echo.Cut(new string('x', 121)));
        Assert.Equal(new string('x', 119) + "…", Echo.Cut(new string('x', 119) + "😀 and more"));
    }

    [Fact]
    public void A_message_loses_its_middle_and_keeps_what_to_change()
    {
        Assert.Equal(new string('x', 600), Echo.Shorten(new string('x', 600)));
        var shown = Echo.Shorten($"Unknown name \"{string.Concat(Enumerable.Repeat("😀", 1000))}\". Leave it out.");

        Assert.StartsWith("Unknown name \"😀", shown, StringComparison.Ordinal);
        Assert.Contains("😀 … 😀", shown, StringComparison.Ordinal);
        Assert.EndsWith("😀\". Leave it out.", shown, StringComparison.Ordinal);
        Assert.InRange(shown.Length, 590, 603);
    }

    [Fact]
    public void A_pointer_keeps_its_place_and_cuts_its_names()
    {
        Assert.Equal("#/layers/0/units", Echo.CutPointer("#/layers/0/units"));
        Assert.Null(Echo.CutPointer(null));
        Assert.Equal($"#/rows/3/{new string('x', 120)}…", Echo.CutPointer($"#/rows/3/{new string('x', 5000)}"));
        Assert.True(Echo.CutPointer("#" + string.Concat(Enumerable.Repeat("/" + new string('x', 500), 60)))!.Length <= 1001);
    }
}
