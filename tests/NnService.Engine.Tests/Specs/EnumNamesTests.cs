using System.Text.Json;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Data.Splits;
using NnService.Engine.Specs;

namespace NnService.Engine.Tests.Specs;

public sealed class EnumNamesTests
{
    [Fact]
    public void Every_value_is_read_by_the_name_it_is_written_with()
    {
        foreach (var value in Enum.GetValues<NumericScaling>())
        {
            var written = JsonSerializer.Serialize(value, SpecJson.Options);
            Assert.Equal($"\"{EnumNames<NumericScaling>.Of(value)}\"", written);
            Assert.Equal(value, JsonSerializer.Deserialize<NumericScaling>(written, SpecJson.Options));
        }

        Assert.Contains("minMax", EnumNames<NumericScaling>.All);
        Assert.Equal("""{"minMax":1}""", JsonSerializer.Serialize(new Dictionary<NumericScaling, int> { [NumericScaling.MinMax] = 1 }, SpecJson.Options));
    }

    // Enum.Parse takes the first for the value with the bits of both.
    [Theory]
    [InlineData("minMax,robust")]
    [InlineData("none, none")]
    [InlineData("none,")]
    [InlineData(" none")]
    [InlineData("None")]
    [InlineData("1")]
    [InlineData("+1")]
    [InlineData("")]
    public void Nothing_else_is_read(string name)
    {
        Assert.False(EnumNames<NumericScaling>.TryParse(name, out _));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<NumericScaling>($"\"{name}\"", SpecJson.Options));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<NumericScaling?>($"\"{name}\"", SpecJson.Options));
    }

    [Theory]
    [InlineData("1")]
    [InlineData("true")]
    [InlineData("[]")]
    public void No_other_kind_of_value_is_read(string json) =>
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<SplitMethod>(json, SpecJson.Options));

    [Fact]
    public void A_value_without_a_name_is_not_written() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => JsonSerializer.Serialize((NumericScaling)99, SpecJson.Options));
}
