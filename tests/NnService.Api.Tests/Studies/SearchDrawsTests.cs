using NnService.Api.Studies;
using NnService.Api.Studies.Planning;

namespace NnService.Api.Tests.Studies;

/// <summary>What trials draw from a range.</summary>
public sealed class SearchDrawsTests
{
    private const string Pointer = "/optimizer/learningRate";

    [Theory]
    [InlineData(1_700_000_000, 1_700_000_100)]
    [InlineData(0.999991, 0.999999)]
    [InlineData(-1000.1, -1000)]
    [InlineData(0.1, 0.10000000000001)]
    public void All_of_a_range_is_drawn_that_is_narrow_beside_its_numbers(double low, double high)
    {
        var draws = Draws(new SearchSpace { Uniform = [low, high] }, 1000);

        Assert.All(draws, draw => Assert.InRange(draw, low, high));
        Assert.True(draws.Distinct().Count() >= 90, $"{draws.Distinct().Count()} different values");
        foreach (var tenth in Enumerable.Range(0, 10))
            Assert.InRange(draws.Count(draw => Math.Min(9, (int)((draw - low) / (high - low) * 10)) == tenth), 60, 140); // 100 ± 4 standard deviations
    }

    [Fact]
    public void All_of_such_a_range_is_drawn_by_orders_of_magnitude_too() => Assert.True(
        Draws(new SearchSpace { LogUniform = [0.999991, 0.999999] }, 1000).Distinct().Count() >= 90);

    [Fact]
    public void A_range_that_is_wider_than_any_number_is_drawn_from_too() => Assert.All(
        Draws(new SearchSpace { Uniform = [-1.5e308, 1.5e308] }, 10), draw => Assert.InRange(draw, -1.5e308, 1.5e308));

    // The same study draws the same in every version.
    [Theory]
    [InlineData(false, 0, 0.1, new[] { 0.084504, 0.045877, 0.056919, 0.023559, 0.098555 })]
    [InlineData(false, 0.9, 0.99, new[] { 0.97605, 0.94129, 0.95123, 0.9212, 0.9887 })]
    [InlineData(false, 0.99, 0.999, new[] { 0.99761, 0.99413, 0.99512, 0.99212, 0.99887 })]
    [InlineData(false, -100, -99, new[] { -99.155, -99.541, -99.431, -99.764, -99.014 })]
    [InlineData(true, 1e-4, 1e-1, new[] { 0.034287, 0.0023785, 0.0051001, 0.00050907, 0.090499 })]
    public void A_range_for_which_five_digits_are_enough_is_drawn_with_five(bool isLog, double low, double high, double[] draws) => Assert.Equal(
        draws, Draws(isLog ? new SearchSpace { LogUniform = [low, high] } : new SearchSpace { Uniform = [low, high] }, 5));

    private static double[] Draws(SearchSpace space, int trials) =>
        [.. Enumerable.Range(0, trials).Select(trial => (double)SearchDraws.Of(space, Pointer, 0, trial)!)];
}
