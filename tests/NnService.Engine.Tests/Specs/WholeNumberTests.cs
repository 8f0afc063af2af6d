using System.Text;
using NnService.Engine.Specs;

namespace NnService.Engine.Tests.Specs;

public sealed class WholeNumberTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("-0", 0)]
    [InlineData("-0.0e5", 0)]
    [InlineData("2.0", 2)]
    [InlineData("0.002e3", 2)]
    [InlineData("1e1", 10)]
    [InlineData("1E+01", 10)]
    [InlineData("12300e-2", 123)]
    [InlineData("-7.50e1", -75)]
    [InlineData("1002000.000", 1002000)]
    [InlineData("9007199254740993.0", 9007199254740993)]
    [InlineData("9223372036854775807", long.MaxValue)]
    [InlineData("9.223372036854775807e18", long.MaxValue)]
    [InlineData("-9.223372036854775808e18", long.MinValue)]
    [InlineData("1000000000000000000000000000000e-30", 1)]
    [InlineData("0e99999999999999999999999", 0)]
    public void A_number_without_a_fraction_is_read_exactly(string text, long expected)
    {
        Assert.True(WholeNumber.TryParse(Encoding.ASCII.GetBytes(text), out long value));
        Assert.Equal(expected, value);
    }

    [Theory]
    [InlineData("2.5")]
    [InlineData("1e-1")]
    [InlineData("15e-1")]
    [InlineData("2.00000000000000000000000000000000000000001")]
    [InlineData("9223372036854775808")]
    [InlineData("9.223372036854775808e18")]
    [InlineData("-9223372036854775809.0")]
    [InlineData("1e19")]
    [InlineData("1e400")]
    [InlineData("1e-400")]
    [InlineData("1e9223372036854775807")]
    [InlineData("1.5e9223372036854775807")]
    [InlineData("1e-9223372036854775808")]
    [InlineData("1e99999999999999999999999")]
    [InlineData("123456789012345678901234567890")]
    public void Anything_else_is_none(string text) => Assert.False(WholeNumber.TryParse(Encoding.ASCII.GetBytes(text), out long _));

    [Fact]
    public void A_long_fraction_of_zeros_is_none()
    {
        Assert.True(WholeNumber.TryParse(Encoding.ASCII.GetBytes("5." + new string('0', 10_000_000)), out int five));
        Assert.Equal(5, five);
        Assert.False(WholeNumber.TryParse(Encoding.ASCII.GetBytes("5." + new string('0', 10_000_000) + "1"), out int _));
    }
}
