using CsCheck;
using NnService.Engine.Data.Encodings;

namespace NnService.Engine.Tests.Data;

public class LabelRuleTests
{
    // Few different numbers, so that ties are frequent.
    private static readonly Gen<double> s_probability = Gen.Int[0, 8].Select(eighths => eighths / 8.0);

    private static readonly Gen<(double Probability, double Threshold, int Positive)> s_binary = Gen.Select(s_probability, s_probability, Gen.Int[0, 1]);

    [Fact]
    public void Without_a_positive_label_it_is_the_most_probable_one_and_of_equals_the_first() => Property.Holds(s_probability.Array[1, 12], row =>
    {
        var label = LabelRule.Of(row, -1, LabelRule.EvenThreshold);

        Assert.Equal(row.Max(), row[label]);
        Assert.DoesNotContain(row[label], row[..label]);
    }, count: 5_000);

    [Fact]
    public void The_positive_label_is_it_from_the_threshold_on_and_the_other_one_below() => Property.Holds(s_binary, drawn =>
    {
        var (probability, threshold, positive) = drawn;
        double[] both = positive == 0 ? [probability, 1 - probability] : [1 - probability, probability];

        Assert.Equal(probability >= threshold ? positive : 1 - positive, LabelRule.Of(both, positive, threshold));
    }, count: 2_000);

    [Fact]
    public void One_probability_says_what_two_say() => Property.Holds(s_binary, drawn =>
    {
        var (probability, threshold, positive) = drawn;
        double[] both = positive == 0 ? [probability, 1 - probability] : [1 - probability, probability];

        Assert.Equal(LabelRule.Of(both, positive, threshold), LabelRule.Of([probability], positive, threshold));
    }, count: 2_000);
}
