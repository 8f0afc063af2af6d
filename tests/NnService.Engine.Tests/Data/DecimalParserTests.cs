using System.Globalization;
using System.Text;
using CsCheck;
using NnService.Engine.Data;

namespace NnService.Engine.Tests.Data;

/// <summary>The short way through plain digits against the framework, bit by bit.</summary>
public class DecimalParserTests
{
    [Fact]
    public void Random_decimals_of_every_size_are_the_framework_s_to_the_bit()
    {
        var digit = Gen.Frequency((1, Gen.Const('0')), (2, Gen.Char['0', '9']));
        var decimals = Gen.Select(
            Gen.OneOf("", "-"), Gen.String[digit, 1, 24], Gen.Int[-1, 24],
            (sign, digits, point) => sign + (point >= 0 && point <= digits.Length ? digits.Insert(point, ".") : digits));

        Property.Holds(decimals, Agrees, count: 400_000);
    }

    [Fact]
    public void Shortest_forms_of_random_doubles_come_back_to_the_bit()
    {
        var any = Gen.Long.Select(BitConverter.Int64BitsToDouble).Where(double.IsFinite);

        Property.Holds(
            Gen.OneOf(Gen.Double.Unit, any).Select(value => value.ToString(CultureInfo.InvariantCulture)), Agrees, count: 600_000);
    }

    // Halfway between two doubles, and a little to either side: where a digit too few is noticed.
    [Fact]
    public void Decimals_between_two_doubles_are_rounded_as_the_framework_does()
    {
        var odd = Gen.Long[1L << 52, (1L << 53) - 1].Select(number => (number << 1) | 1);

        Property.Holds(Gen.Select(odd, Gen.Int[1, 11], Gen.Int[-30, 29]), drawn =>
        {
            var (halfway, zeros, power) = drawn;
            Agrees(halfway.ToString(CultureInfo.InvariantCulture));
            Agrees($"{halfway - 1}.5");
            Agrees($"{halfway}.{new string('0', zeros)}1");
            Agrees($"{halfway / 8m}");
            Agrees($"{halfway}e{power}");
        }, count: 50_000);
    }

    [Fact]
    public void Tables_of_the_parser_outlive_a_collection_of_garbage()
    {
        Agrees("1.5");
        for (int i = 0; i < 3; i++)
        {
            GC.Collect(2, GCCollectionMode.Forced, blocking: true, compacting: true);
            _ = GC.AllocateArray<byte>(5000, pinned: true);
            Agrees("2.5");
            Agrees("123456.789");
        }
    }

    [Theory]
    [InlineData("9007199254740992")]
    [InlineData("9007199254740993")]
    [InlineData("9999999999999999")]
    [InlineData("1234567890123456.")]
    [InlineData("12345678901234567.")]
    [InlineData(".1234567890123456")]
    [InlineData("0.000000000000000000000000000001")]
    [InlineData("18446744073709551615")]
    [InlineData("9999999999999999999")]
    [InlineData("99999999999999999999999999999999")]
    [InlineData("00000000000000000000000000000001")]
    [InlineData("-0")]
    [InlineData("-0.0")]
    [InlineData("2.2250738585072014e-308")]
    [InlineData("2.2250738585072011e-308")]
    [InlineData("4.9406564584124654e-324")]
    [InlineData("2.4703282292062327e-324")]
    [InlineData("2.4703282292062328e-324")]
    [InlineData("1.7976931348623157e308")]
    [InlineData("1.7976931348623158e308")]
    [InlineData("8.98846567431158e307")]
    [InlineData("6.631236846766476e-316")]
    [InlineData("3.237883913302901e-319")]
    [InlineData("7.2057594037927933e16")]
    [InlineData("9.5e-22")]
    [InlineData("123456789012345678e-342")]
    public void Edges_are_the_framework_s_to_the_bit(string text) => Agrees(text);

    [Theory]
    [InlineData("1.2.3")]
    [InlineData(".")]
    [InlineData("-")]
    [InlineData("--1")]
    [InlineData("1 2")]
    [InlineData("1/2")]
    [InlineData("1:2")]
    [InlineData("12345678901234567.123.4")]
    [InlineData("1234567.90123456.12345")]
    [InlineData("1234567890123456-12345")]
    [InlineData("1234567890123456x")]
    [InlineData("1,5")]
    public void What_is_no_decimal_is_left_alone(string text)
    {
        Assert.False(TryParse(text, out _));
        Assert.Equal(NumberKind.NotANumber, CellText.ToNumber(text, out _));
    }

    private static void Agrees(string text)
    {
        double expected = double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture) + 0.0;
        Assert.Equal(NumberKind.Number, CellText.ToNumber(text, out double value));
        Assert.True(BitConverter.DoubleToInt64Bits(expected) == BitConverter.DoubleToInt64Bits(value), $"{text}: {value:R}, expected {expected:R}");
        if (TryParse(text, out double quick))
            Assert.True(BitConverter.DoubleToInt64Bits(expected) == BitConverter.DoubleToInt64Bits(quick), $"{text}: {quick:R}, expected {expected:R}");
        else
            Assert.True(!DecimalParser.IsSupported || text.Length > 19 || text.Contains('e', StringComparison.OrdinalIgnoreCase) || IsRemarkedOn(text), text);
    }

    // Leading zeros, and whole numbers beyond 2^53, are left to the general way, which notes them.
    private static bool IsRemarkedOn(string text)
    {
        string digits = text.TrimStart('-');
        return (digits.Length > 1 && digits[0] == '0' && char.IsAsciiDigit(digits[1])) || (ulong.TryParse(digits, out ulong whole) && whole > 1UL << 53);
    }

    private static unsafe bool TryParse(string text, out double value)
    {
        value = 0;
        byte[] bytes = [.. Encoding.UTF8.GetBytes(text), .. "987654.321987654321,98765432.1987654321"u8];
        fixed (byte* first = bytes)
            return DecimalParser.IsSupported && DecimalParser.TryParse(first, text.Length, out value);
    }
}
