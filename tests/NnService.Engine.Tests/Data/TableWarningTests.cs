using System.Globalization;
using System.Text;
using NnService.Engine.Data;
using NnService.Engine.Data.Json;

namespace NnService.Engine.Tests.Data;

/// <summary>What is said of columns that are read otherwise than whoever wrote them meant.</summary>
public class TableWarningTests
{
    private static IEnumerable<string> Sentences => Enumerable.Range(0, 40).Select(i => string.Concat(Enumerable.Repeat("x ", i % 5)) + i);

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
        Assert.Single(
            Of(i => i % 3 == 0 ? word : $"{i * 1.5}", 6000),
            text => text.Contains("although 4,000 of its 6,000 cells are numbers", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("\"{0},000\"", "holds numbers with a thousands or decimal comma, such as \"1,000\" on line 2, and is read as words; "
        + "upload the table with ?thousands=, or with ?decimal=,.")]
    [InlineData("${0}.99", "holds numbers with a currency around them, such as \"$1.99\" on line 2, and is read as words; take that out of the cells.")]
    public void Cells_that_are_numbers_in_no_notation_are_told_from_those_that_are_in_another(string format, string said)
    {
        Assert.Equal(
            $"Column \"x\" {said} Even so 1 of its 60 cells is no number: line 51 holds \"Free\". "
                + "Correct it, or say with ?missing= what stands for a missing cell.",
            Assert.Single(Of(i => i == 49 ? "Free" : string.Format(CultureInfo.InvariantCulture, format, i + 1))));
        Assert.EndsWith(
            "Even so 3,000 of its 60,000 cells are no numbers: line 2 holds \"c0\", line 22 \"c20\", line 42 \"c40\" …. "
                + "Correct them, or say with ?missing= what stands for a missing cell.",
            Assert.Single(Of(i => i % 20 == 0 ? $"c{i}" : string.Format(CultureInfo.InvariantCulture, format, i + 1), 60_000)),
            StringComparison.Ordinal);
        Assert.EndsWith(
            "Even so 20 of its 60 cells are no numbers: \"on request\" (20). Correct them, or say with ?missing= what stands for a missing cell.",
            Assert.Single(Of(i => i % 3 == 0 ? "on request" : string.Format(CultureInfo.InvariantCulture, format, i + 1))),
            StringComparison.Ordinal);
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

    [Theory]
    [InlineData("a b c", "{0} {1} x", "blank (or several together)")]
    [InlineData("a    b  c", "{0}  {1}    x", "blank (or several together)")]
    [InlineData("a^b^c", "{0}^{1}^x", "\"^\"")]
    [InlineData("a\u0001b\u0001c", "{0}\u0001{1}\u0001x", "character U+0001")]
    [InlineData("\"a,b,c\"", "\"{0},{1},x\"", "\",\"")]
    [InlineData("0 1:0 3:x", "{0} 1:{1} 3:y", "\":\"")]
    public void A_table_of_one_column_that_looks_like_several_is_pointed_out(string header, string row, string mark)
    {
        string csv = header + "\n" + string.Concat(Enumerable.Range(0, 40).Select(i => string.Format(row, i, i * 3) + "\n"));

        Assert.Contains(TableProfile.Of(Tables.Csv(csv)).Warnings, text => text.StartsWith(
            $"The table has one column, and its name and its cells hold the {mark} equally often: 2 each. If those separate cells, ",
            StringComparison.Ordinal));
    }

    [Fact]
    public void A_column_of_sentences_is_one_column() =>
        Assert.DoesNotContain(
            TableProfile.Of(Tables.Csv("a text\n" + string.Concat(Sentences.Select(sentence => $"{sentence}\n")))).Warnings,
            text => text.Contains("one column", StringComparison.Ordinal));

    [Theory]
    [InlineData("{0:ddMMMyyyy}")] // SAS
    [InlineData("{0:ddMMMyyyy}:18:30:00")]
    [InlineData("{0:dd'/'MMM'/'yyyy}:18:30:00 +0000")] // Apache
    [InlineData("{0:R}")]
    [InlineData("{0:ddd MMM dd HH:mm:ss yyyy}")]
    [InlineData("{0:yyyy年MM月dd日}")]
    [InlineData("{0:yyyyMMdd'T'HHmmss}Z")]
    [InlineData("{0:yyyy-MM-dd'T'HH}")]
    [InlineData("{0:yyyy-MM}")]
    [InlineData("{0:yyyy'M'MM}")]
    [InlineData("{0:MM/yyyy}")]
    [InlineData("{0:yyyy/MM}")]
    [InlineData("{0:MMM yyyy}")]
    [InlineData("{0:MMMM-yyyy}")]
    [InlineData("{0:dd}. März {0:yyyy}")]
    [InlineData("{0:dd} de mayo de {0:yyyy}")]
    public void Dates_of_other_programs_and_languages_are_pointed_out(string format) =>
        Assert.Contains(
            Of(i => string.Format(CultureInfo.InvariantCulture, format, new DateTime(2023, 3, 25, 13, 5, 7, DateTimeKind.Utc).AddDays(i * 9))),
            text => text.StartsWith("Column \"x\" looks like dates, such as ", StringComparison.Ordinal));

    [Theory]
    [InlineData("12 Main St{0}")]
    [InlineData("A-2024-{0:00}")]
    [InlineData("{0}may")]
    [InlineData("Monday {0}")]
    [InlineData("2024-{0}")]
    [InlineData("13/20{0:00}")]
    [InlineData("may {0}")]
    [InlineData("1/{0}")]
    public void Words_with_digits_are_no_dates(string format) =>
        Assert.DoesNotContain(
            Of(i => string.Format(CultureInfo.InvariantCulture, format, i)),
            text => text.Contains("looks like dates", StringComparison.Ordinal));

    [Fact]
    public void Dates_in_digits_are_pointed_out_and_other_whole_numbers_are_not()
    {
        Assert.Equal(
            "Column \"x\" looks like dates in digits, such as 20240101, and is read as numbers, which jump from one month to the next; "
                + "dates are read as dates where they are written as in ISO 8601: 2024-01-01.",
            Assert.Single(Of(i => i % 9 == 8 ? "" : $"2024{i % 12 + 1:00}{i % 28 + 1:00}")));
        Assert.Equal(
            "Column \"x\" looks like months in digits, such as 201601, and is read as numbers, which jump from one year to the next; "
                + "dates are read as dates where they are written as in ISO 8601: 2016-01-01.",
            Assert.Single(Of(i => $"{2016 + i / 12}{i % 12 + 1:00}", 58), text => text.Contains("dates", StringComparison.Ordinal)));
        Assert.DoesNotContain(Of(i => $"{20240101 + i}"), text => text.Contains("dates", StringComparison.Ordinal));
        Assert.DoesNotContain(Of(i => $"{201601 + i}"), text => text.Contains("dates", StringComparison.Ordinal));
        Assert.DoesNotContain(Of(i => $"{201601 + i % 12}"), text => text.Contains("dates", StringComparison.Ordinal));
    }

    [Fact]
    public void Words_that_differ_in_case_or_blanks_alone_are_pointed_out()
    {
        Assert.Contains("\"Yes\" and \"yes\"", Assert.Single(Of(i => ((string[])["no", "yes", "Yes"])[i % 3])), StringComparison.Ordinal);
        Assert.Contains(
            "\"New  York \" and \"New York\"",
            Assert.Single(Of(i => ((string[])["New York", "New  York ", "Oslo"])[i % 3])),
            StringComparison.Ordinal);
        Assert.Empty(Of(i => ((string[])["no", "yes", "yes!"])[i % 3]));
    }

    [Theory]
    [InlineData("NULL")]
    [InlineData("\\N")]
    [InlineData("nan")]
    [InlineData("#N/A")]
    public void A_word_that_often_stands_for_a_missing_cell_is_pointed_out(string word)
    {
        Assert.Equal(
            $"Column \"x\" has \"{word}\" among its words, which is a category of its own. "
                + "If a cell is missing there, leave it empty, or say with ?missing= what stands for one.",
            Assert.Single(Of(i => ((string[])["true", "false", word])[i % 3])));
        Assert.Empty(Of(i => ((string[])["no", "yes", "None", "-"])[i % 4]));
    }

    [Theory]
    [InlineData("'{0}.5'", "quotation marks that are not those of CSV around them")]
    [InlineData("\u201C{0}.5\u201D", "quotation marks that are not those of CSV around them")]
    [InlineData("{0}.50-", "a minus sign at the end", ", and write a - in front of negative numbers instead")] // SAP
    [InlineData("\u2212{0}.5", "a minus sign that is not '-' (U+2212) around them", ", and write a - in front of negative numbers instead")]
    [InlineData("({0}.5)", "parentheses around them", ", and write a - in front of negative numbers instead")]
    [InlineData("{0},23,456.5", "commas between lakhs and crores")]
    public void Numbers_with_something_at_their_ends_or_in_other_groups_are_pointed_out(string format, string what, string further = "") =>
        Assert.Equal(
            $"Column \"x\" holds numbers with {what}, such as \"{string.Format(CultureInfo.InvariantCulture, format, 1)}\" on line 2, "
                + $"and is read as words; take that out of the cells{further}.",
            Assert.Single(Of(i => string.Format(CultureInfo.InvariantCulture, format, i % 30 + 1))));

    [Theory]
    [InlineData("{0}.5\f", "\"1.5\u240C\"", "U+000C")]
    [InlineData("{0}.5\u2028", "\"1.5\u2028\"", "U+2028")]
    public void White_space_that_is_not_seen_is_named(string format, string shown, string name) =>
        Assert.Equal(
            $"Column \"x\" holds numbers with white space other than blanks and tabs ({name}) around them, such as {shown} on line 2, "
                + "and is read as words; take that out of the cells.",
            Assert.Single(Of(i => string.Format(CultureInfo.InvariantCulture, format, i % 30 + 1))));

    [Fact]
    public void Remarks_that_many_columns_share_are_made_once()
    {
        string header = string.Join(',', Enumerable.Range(0, 100).Select(i => $"c{i}"));
        string csv = $"a,{header},id,b\n" + string.Concat(Enumerable.Range(0, 30).Select(i => $"{i % 7},{string.Join(',', Enumerable.Repeat(0, 100))},{i},3\n"));

        Assert.Equal(
            [$"Columns {string.Join(", ", Enumerable.Range(0, 20).Select(i => $"\"c{i}\""))} and 81 more: each is constant.", "Column \"id\" looks like an identifier: every value is different."],
            TableProfile.Of(Tables.Csv(csv)).Warnings);
    }

    [Theory]
    [InlineData("{0} kg", "the unit \"kg\"", "take that out of the cells.")]
    [InlineData("{0}.5cm", "the unit \"cm\"", "take that out of the cells.")]
    [InlineData("-{0} °C", "the unit \"°C\"", "take that out of the cells.")]
    [InlineData("{0} km/h", "the unit \"km/h\"", "take that out of the cells.")]
    [InlineData("{0},5 m²", "the unit \"m²\"", "take that out of the cells, and upload the table with ?decimal=,.")]
    [InlineData("{0},234 kg", "the unit \"kg\"", "take that out of the cells, and upload the table with ?thousands=, or with ?decimal=,.")]
    [InlineData("${0},234", "a currency around them", "take that out of the cells, and upload the table with ?thousands=, or with ?decimal=,.")]
    [InlineData("1.{0}D+03", "a D before the exponent, as Fortran writes it", "write plain decimal numbers, such as 1500 or 1.5e3.")]
    [InlineData("-.{0}d-12", "a D before the exponent, as Fortran writes it", "write plain decimal numbers, such as 1500 or 1.5e3.")]
    [InlineData("0x{0}f", "hexadecimal digits behind 0x", "write plain decimal numbers, such as 1500 or 1.5e3.")]
    [InlineData("１２{0}", "digits other than 0 to 9 (such as full-width ones)", "write plain decimal numbers, such as 1500 or 1.5e3.")]
    [InlineData("－１．{0}", "digits other than 0 to 9 (such as full-width ones)", "write plain decimal numbers, such as 1500 or 1.5e3.")]
    [InlineData("٣{0}", "digits other than 0 to 9 (such as full-width ones)", "write plain decimal numbers, such as 1500 or 1.5e3.")]
    public void Numbers_that_are_spelled_in_another_way_or_have_a_unit_are_pointed_out(string format, string what, string advice) =>
        Assert.Equal(
            $"Column \"x\" holds numbers with {what}, such as {CellText.Quote(string.Format(format, 1))} on line 2, and is read as words; {advice}",
            Assert.Single(Of(i => string.Format(format, i % 30 + 1))));

    [Theory]
    [InlineData("{0} kg", "{0} g")] // two units: neither is a number in the other's
    [InlineData("{0} kg", "heavy")]
    [InlineData("{0} Main Street", "{0} High Street")]
    [InlineData("{0}th", "2{0}th")]
    [InlineData("{0}B", "1{0}B")]
    [InlineData("{0}am", "1{0}am")]
    [InlineData("{0} Main", "1{0} Main")]
    [InlineData("{0}d3", "{0}d4")]
    [InlineData("{0}x4", "{0}x6")]
    [InlineData("0x{0}fffffffffffffffff", "0x{0}efffffffffffffffff")] // longer than a number
    public void Words_that_begin_with_a_number_are_words(string format, string other) =>
        Assert.DoesNotContain(
            Of(i => string.Format(i % 2 == 0 ? format : other, i % 30 + 1)), text => text.Contains("holds numbers", StringComparison.Ordinal));

    [Fact]
    public void Two_kinds_with_a_number_in_their_names_are_words() => Assert.Empty(Of(i => i % 2 == 0 ? "2wd" : "4wd"));

    [Theory]
    [InlineData("1.100", "2.101", "12.345")]
    [InlineData("-1.100", "2.101", "NA")]
    [InlineData("1.100", "950", "12.345")] // below a thousand; a fraction would be written 1.1
    public void Points_that_may_stand_between_thousands_are_pointed_out(params string[] values)
    {
        Assert.Equal(
            $"Column \"x\" holds numbers such as \"{values[0]}\" on line 2, with three digits behind every point, which is read as the decimal point. "
                + "If it stands between thousands, upload the table with ?decimal=,&thousands=.",
            Assert.Single(OfCells(';', values)));
        Assert.Empty(OfCells(',', values));
        Assert.Empty(OfCells('\t', values));
    }

    [Theory]
    [InlineData("1.100", "2.10", "12.345")]
    [InlineData("0.100", "0.101")]
    [InlineData("1.101", "1", "2.345")] // without the zero of 1.100
    [InlineData("1.100", "1234.567")]
    [InlineData("1.100", "1e3")]
    [InlineData("1.100", "1000")]
    [InlineData("950", "12")]
    public void Points_before_fractions_are_not(params string[] values) => Assert.Empty(OfCells(';', values));

    [Fact]
    public void A_point_before_a_fraction_in_one_column_says_what_those_of_the_others_are() =>
        Assert.DoesNotContain(
            TableProfile.Of(Tables.Csv("a;b\n20.037;100\n20.074;0.52\n20.110;7\n")).Warnings,
            text => text.Contains("three digits", StringComparison.Ordinal));

    [Fact]
    public void Thousands_are_read_as_said_without_a_warning() =>
        Assert.Empty(TableProfile.Of(Tables.Csv("x;y\n1.100;1\n2.101;2\n3.102;2\n", new() { Notation = new(',', '.') })).Warnings);

    [Fact]
    public void A_table_with_points_between_thousands_and_decimal_commas_is_read_as_the_first_advice_says()
    {
        const string Csv = "menge;preis\n1.037;0,5\n1.100;2,5\n2.001;12,25\n";

        Assert.Equal(
            ["Column \"menge\" holds numbers such as \"1.037\" on line 2, with three digits behind every point, which is read as the decimal point. "
                + "If it stands between thousands, upload the table with ?decimal=,&thousands=.",
             "Column \"preis\" holds numbers with a decimal comma, such as \"0,5\" on line 2, and is read as words; "
                + "upload the table with ?decimal=,&thousands=. or write plain numbers with a decimal point."],
            TableProfile.Of(Tables.Csv(Csv)).Warnings);
        Assert.Equal(
            ["Column \"menge\" holds numbers with points between thousands, such as \"1.037\" on line 2, and is read as words; "
                + "upload the table with ?decimal=,&thousands=. or write plain numbers without them."],
            TableProfile.Of(Tables.Csv(Csv, new() { Notation = new(',') })).Warnings);
        Assert.Empty(TableProfile.Of(Tables.Csv(Csv, new() { Notation = new(',', '.') })).Warnings);
    }

    [Theory]
    [InlineData("0.04", "take that out of the cells, and write 3% as 0.03, as plain numbers stand beside it.")]
    [InlineData("4%", "take that out of the cells.")]
    public void What_a_sign_for_per_cent_means_beside_plain_numbers_is_said(string other, string advice) =>
        Assert.EndsWith(advice, Assert.Single(Of(i => i % 2 == 0 ? $"{i}%" : other)), StringComparison.Ordinal);

    [Fact]
    public void Different_whole_numbers_that_round_to_the_same_are_not_called_constant()
    {
        Assert.Contains("beyond 2^53", Assert.Single(Of(i => i % 2 == 0 ? "9007199254740992" : "9007199254740993")), StringComparison.Ordinal);
        Assert.Equal("Column \"x\" is constant.", Assert.Single(Of(_ => "9007199254740992")));
    }

    [Fact]
    public void True_and_false_beside_1_and_0_are_pointed_out()
    {
        const string Said = "Column \"x\" holds true or false in some cells and 1 or 0 in others, which are read as words of their own. "
            + "To have them as true and false, declare the column boolean: ?types=x:boolean.";

        Assert.Equal(Said, Assert.Single(Of(i => ((string[])["true", "1", "0"])[i % 3])));
        Assert.Equal(Said, Assert.Single(Of(i => i == 7 ? "FALSE" : $"{i % 2}")));
        Assert.Equal(Said, Assert.Single(OfJson(i => i % 2 == 0 ? "1" : "true")));
        Assert.DoesNotContain(Said, OfJson(i => i % 2 == 0 ? "\"1\"" : "true")); // which no boolean column takes
        Assert.Empty(Of(i => ((string[])["true", "1", "2"])[i % 3]));
    }

    [Fact]
    public void Numbers_that_JSON_sends_as_texts_are_pointed_out_and_codes_are_not()
    {
        Assert.Equal(
            "Column \"x\" holds numbers that were sent as texts, such as \"0.5\", and is read as words; "
                + "send them without quotes, or say with ?types= that the column holds numbers.",
            Assert.Single(OfJson(i => $"\"{i % 9}.5\"")));
        Assert.Contains("such as \"1\",", Assert.Single(OfJson(i => i % 2 == 0 ? "7" : $"\"{i % 9}\"")), StringComparison.Ordinal);
        Assert.Empty(OfJson(i => $"\"0{i % 9}\""));
        Assert.Empty(OfJson(i => $"\"900719925474099{i % 9}\""));
    }

    [Theory]
    [InlineData(" \"{0}\"")]
    [InlineData("'{0}'")]
    [InlineData("\u201C{0}\u201D")]
    public void Words_in_other_quotation_marks_are_pointed_out(string format)
    {
        Assert.Contains(
            "has quotation marks around every word",
            Assert.Single(Of(i => string.Format(CultureInfo.InvariantCulture, format, "pqr"[i % 3]))),
            StringComparison.Ordinal);
        Assert.Empty(Of(i => i % 3 == 0 ? "p" : string.Format(CultureInfo.InvariantCulture, format, "pqr"[i % 3])));
    }

    [Theory]
    [InlineData("\u00A0x", "U+00A0")]
    [InlineData("x\u200B", "U+200B")]
    public void Names_with_characters_that_are_not_seen_are_pointed_out(string name, string character)
    {
        Assert.Equal(
            $"The name of column 1, \"{name}\", holds a character that is not seen ({character}); "
                + "whoever names the column has to send it too.",
            Assert.Single(Of(i => $"{i % 7}", name: name)));
        Assert.Empty(Of(i => $"{i % 7}", name: "größe in m²"));
    }

    private static IReadOnlyList<string> OfJson(Func<int, string> cell) => TableProfile.Of(JsonTable.Read(Encoding.UTF8.GetBytes(
        $"{{\"rows\":[{string.Join(',', Enumerable.Range(0, 40).Select(i => $"{{\"x\":{cell(i)},\"y\":{i % 7}}}"))}]}}"))).Warnings;

    private static IReadOnlyList<string> Of(Func<int, string> cell, int rows = 60, string name = "x") =>
        TableProfile.Of(Tables.Csv($"{name};y\n" + string.Concat(Enumerable.Range(0, rows).Select(i => $"{cell(i)};{i % 7}\n")))).Warnings;

    // Two columns, so that the delimiter is found; the second says nothing.
    private static IReadOnlyList<string> OfCells(char delimiter, string[] cells) =>
        TableProfile.Of(Tables.Csv(
            $"x{delimiter}y\n" + string.Concat(cells.Concat(cells).Select((cell, i) => $"{cell}{delimiter}{i % 2}\n")))).Warnings;
}
