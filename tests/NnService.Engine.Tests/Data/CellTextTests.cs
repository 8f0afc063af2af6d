using System.Globalization;
using CsCheck;
using NnService.Engine.Data;

namespace NnService.Engine.Tests.Data;

public class CellTextTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("-0", 0)]
    [InlineData("007", 7)]
    [InlineData("+1.5", 1.5)]
    [InlineData(".5", 0.5)]
    [InlineData("5.", 5)]
    [InlineData("0.1", 0.1)]
    [InlineData("123456789012345", 123456789012345)]
    [InlineData("9007199254740993", 9007199254740992)]
    [InlineData("9007199254740993.00000000000000000001", 9007199254740994)]
    [InlineData("1e22", 1e22)]
    [InlineData("1e23", 1e23)]
    [InlineData("8.5E-7", 8.5e-7)]
    [InlineData("2.2250738585072011e-308", 2.2250738585072011e-308)]
    [InlineData("5e-324", 5e-324)]
    [InlineData("1e-400", 0)]
    [InlineData("1e-99999999999999999999", 0)]
    [InlineData("0e99999999999999999999", 0)]
    [InlineData("1.7976931348623157e308", double.MaxValue)]
    [InlineData("0.000000000000000000000000000000000000000001", 1e-42)]
    public void Numbers_are_read_as_the_nearest_double(string text, double expected)
    {
        Assert.Equal(NumberKind.Number, CellText.ToNumber(text, out double value));
        Assert.Equal(BitConverter.DoubleToInt64Bits(expected), BitConverter.DoubleToInt64Bits(value));
    }

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData(".")]
    [InlineData("1e")]
    [InlineData("1e+")]
    [InlineData("1,5")]
    [InlineData("1 000")]
    [InlineData("1_000")]
    [InlineData("0x10")]
    [InlineData("$5")]
    [InlineData("1.2.3")]
    [InlineData("--1")]
    [InlineData("5\0")]
    [InlineData("nan")]
    [InlineData("١")]
    public void Other_text_is_no_number(string text) => Assert.Equal(NumberKind.NotANumber, CellText.ToNumber(text, out _));

    [Fact]
    public void Fast_path_agrees_with_the_library_on_random_decimals()
    {
        var digits = Gen.Int[1, 62].SelectMany(bits => Gen.Long[0, (1L << bits) - 1]).Select(number => number.ToString(CultureInfo.InvariantCulture));
        var decimals = Gen.Select(
            digits, Gen.Double.Unit, Gen.OneOf("", "-"), Gen.OneOf(Gen.Const(""), Gen.Int[-40, 39].Select(power => $"e{power}")),
            (all, share, sign, exponent) => $"{sign}{all[..Whole(all, share)]}.{all[Whole(all, share)..]}{exponent}");

        Property.Holds(decimals, text =>
        {
            Assert.Equal(NumberKind.Number, CellText.ToNumber(text, out double value));
            Assert.Equal(double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture) + 0.0, value);
        }, count: 200_000);

        static int Whole(string digits, double share) => (int)(share * (digits.Length + 1));
    }

    [Fact]
    public void Long_text_is_shortened_for_a_message()
        => Assert.Equal("\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…\"", CellText.Quote(new string('a', 1000)));
}
