using NnService.Engine.Data;

namespace NnService.Engine.Tests.Data;

/// <summary>What is said of columns that are read otherwise than whoever wrote them meant.</summary>
public class TableWarningTests
{
    [Theory]
    [InlineData(".")] // SAS, Stata
    [InlineData("#DIV/0!")]
    [InlineData("#NULL!")] // SPSS
    [InlineData("-nan")]
    [InlineData("1.#QNAN")]
    [InlineData("n.a.")]
    [InlineData("—")]
    [InlineData("<0.5")]
    public void A_word_that_stands_for_missing_numbers_is_pointed_out_however_often_it_comes(string word)
    {
        Assert.Equal(
            $"Column \"x\" is read as words, although 40 of its 60 cells are numbers: the others are \"{word}\" (20). "
                + "Correct them, or say with ?missing= what stands for a missing cell.",
            Assert.Single(Of(i => i % 3 == 0 ? word : $"{i * 1.5}")));
        Assert.Single(Of(i => i % 3 == 0 ? word : $"{i * 1.5}", 6000), text => text.Contains("although 4,000 of its 6,000 cells are numbers", StringComparison.Ordinal));
    }

    [Fact]
    public void Codes_with_a_letter_among_them_and_numbers_among_many_words_are_words()
    {
        Assert.Empty(Of(i => i % 5 == 0 ? "K" : $"{i % 12}"));
        Assert.Empty(Of(i => i % 3 == 0 ? $"{i}.5" : "none", 40));
        Assert.DoesNotContain(Of(i => i % 3 == 0 ? $"b{i}" : $"{i}.5"), text => text.Contains("numbers", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("NULL")]
    [InlineData("\\N")] // MySQL
    [InlineData("NaT")] // pandas
    [InlineData("0000-00-00")]
    public void A_word_that_stands_for_missing_dates_is_pointed_out(string word) =>
        Assert.Equal(
            $"Column \"x\" is read as words, although 48 of its 60 cells are dates: the others are \"{word}\" (12). Correct them, or leave such cells empty.",
            Assert.Single(Of(i => i % 5 == 0 ? word : $"2024-01-{i % 28 + 1:00}")));

    private static IReadOnlyList<string> Of(Func<int, string> cell, int rows = 60, string name = "x") =>
        TableProfile.Of(Tables.Csv($"{name};y\n" + string.Concat(Enumerable.Range(0, rows).Select(i => $"{cell(i)};{i % 7}\n")))).Warnings;
}
