using System.Text;
using System.Text.Json;
using CsCheck;
using NnService.Engine.Data;
using NnService.Engine.Data.Columns;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Data.Json;

namespace NnService.Engine.Tests.Data;

/// <summary>The short way from JSON to inputs against the general one: what it takes is encoded to the same bits, and what it may leave it leaves.</summary>
public class JsonRowEncoderTests
{
    private static readonly FeatureEncoding s_features = new(
        [
            new FeatureColumn { Name = "a", Type = ColumnType.Number, Clip = true, Shift = 2, Scale = 4 },
            new FeatureColumn { Name = "b", Type = ColumnType.Number, Log1p = true, Shift = 0.5, Scale = 3, Imputed = 1, MissingIndicator = true },
            new FeatureColumn { Name = "longer name", Type = ColumnType.Number, Shift = -1, Scale = 1e-3 },
        ],
        MissingCells.Impute);

    // More than the 64 bytes that are looked at together.
    private static readonly FeatureEncoding s_many = new(
        [.. Enumerable.Range(0, 70).Select(i => new FeatureColumn { Name = $"n{i}", Type = ColumnType.Number, Shift = i, Scale = 1 + i })], MissingCells.Impute);

    private static readonly Gen<string> s_digits = Gen.String[Gen.Char['0', '9'], 1, 19];

    // As JSON spells numbers (RFC 8259, section 6); b must be greater than −1 for its logarithm.
    private static readonly Gen<string> s_number = Gen.Select(
        Gen.OneOf(Gen.Const("0"), Gen.Select(Gen.Char['1', '9'], Gen.String[Gen.Char['0', '9'], 0, 17], (first, others) => $"{first}{others}")),
        Gen.OneOf(Gen.Const(""), s_digits.Select(digits => $".{digits}")),
        Gen.OneOf(Gen.Const(""), Gen.Select(Gen.OneOf("e", "E"), Gen.OneOf("", "+", "-"), Gen.Int[0, 30], (e, sign, power) => $"{e}{sign}{power}")),
        (whole, fraction, exponent) => whole + fraction + exponent);

    private static readonly Gen<string> s_signed = Gen.Select(Gen.OneOf("", "-"), s_number, (sign, number) => sign + number);

    private static readonly Gen<string> s_space = Gen.String[Gen.Char[" \t\r\n"], 0, 2];

    private static readonly Gen<string[]> s_values = Gen.Select(s_signed, s_number, s_signed, (a, b, longer) => new[] { a, b, longer });

    private static readonly Gen<string> s_array = Gen.Select(
        s_values, s_space.Array[6], (values, space) => $"[{string.Join(',', values.Select((value, i) => space[i] + value + space[i + 3]))}]");

    private static readonly Gen<string> s_longArray = Gen.Select(
        Gen.OneOf(Gen.Int[-9, 9].Select(value => $"{value}"), s_signed).Array[s_many.Columns.Count], Gen.OneOf("", " ", "\r\n  "), Gen.OneOf("", " ", "\t"),
        (values, before, behind) => $"[{string.Join(',', values.Select(value => before + value + behind))}]");

    private static readonly Gen<string> s_object = Gen.Select(
        s_values, s_space.Array[12], Gen.Shuffle((int[])[0, 1, 2]),
        (values, space, order) => "{" + string.Join(',', order.Select(i =>
            $"{space[i]}\"{s_features.Columns[i].Name}\"{space[i + 3]}:{space[i + 6]}{values[i]}{space[i + 9]}")) + "}");

    private static readonly Gen<string> s_spoiled = Spoiled(Gen.OneOf(s_array, s_object));

    private static Gen<string> Spoiled(Gen<string> texts) => Gen.Select(
        texts, Gen.Int[0, 10_000], Gen.Int[0, 2], Gen.Char["0-+.eE,:[]{}\"\\ nN1a"],
        (text, at, removed, put) => Spoil(text, at % text.Length, removed, put));

    [Fact]
    public void Rows_of_numbers_are_encoded_as_the_general_way_does() => Property.Holds(
        Gen.OneOf(s_array, s_object), text => Assert.Equal(Encoded(text) ?? [], InShort(text) ?? []), count: 20_000);

    [Fact]
    public void Whatever_is_wrong_with_a_row_it_is_left_to_the_general_way_or_encoded_alike() => Property.Holds(
        s_spoiled,
        text =>
        {
            if (InShort(text) is { } inputs)
                Assert.Equal(Encoded(text), inputs);
        },
        count: 50_000);

    [Fact]
    public void Long_rows_are_encoded_as_the_general_way_does() => Property.Holds(
        s_longArray, text => Assert.Equal(Encoded(text, s_many) ?? [], InShort(text, s_many) ?? []), count: 2_000);

    [Fact]
    public void Whatever_is_wrong_with_a_long_row_it_is_left_to_the_general_way_or_encoded_alike() => Property.Holds(
        Spoiled(s_longArray),
        text =>
        {
            if (InShort(text, s_many) is { } inputs)
                Assert.Equal(Encoded(text, s_many), inputs);
        },
        count: 10_000);

    private static string Spoil(string text, int at, int removed, char put) => $"{text[..at]}{put}{text[Math.Min(at + removed, text.Length)..]}";

    /// <summary>What the short way makes of a text; null where it leaves it, or what is behind the row, to the general one.</summary>
    private static double[]? InShort(string text, FeatureEncoding? of = null)
    {
        var features = of ?? s_features;
        var encoder = JsonRowEncoder.For(features)!;
        byte[] utf8 = [.. Encoding.UTF8.GetBytes(text), .. new byte[JsonRowEncoder.ReadableBytes]];
        var inputs = new double[features.Width];
        var end = text[0] == '{'
            ? encoder.EncodeObject(utf8, 0, new bool[encoder.Columns], inputs)
            : encoder.EncodeArray(utf8, 0, encoder.Places, inputs);
        return end == text.Length ? inputs : null;
    }

    /// <summary>What the library's JSON reader and the encoding of cells make of it; null where they refuse it.</summary>
    private static double[]? Encoded(string text, FeatureEncoding? of = null)
    {
        var features = of ?? s_features;
        try
        {
            using var json = JsonDocument.Parse(text);
            var root = json.RootElement;
            Cell[] cells = root.ValueKind == JsonValueKind.Array
                ? [.. root.EnumerateArray().Select(CellOf)]
                : [.. features.Columns.Select(column => CellOf(root.GetProperty(column.Name)))];
            if (cells.Length != features.Columns.Count || (root.ValueKind == JsonValueKind.Object && root.EnumerateObject().Count() != cells.Length))
                return null;
            var inputs = new double[features.Width];
            var problems = new string?[cells.Length];
            features.Encode(cells, inputs, problems);
            return Array.TrueForAll(problems, problem => problem is null) ? inputs : null;
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return null;
        }
    }

    private static Cell CellOf(JsonElement value) => Cell.Of(value.GetDouble());
}
