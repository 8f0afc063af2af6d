using NnService.Api.Errors;
using NnService.Api.Models.Predictions;

namespace NnService.Api.Tests.Inference;

/// <summary>Answers to more rows than the disk has room for.</summary>
public sealed class LongAnswerTests
{
    [Theory]
    [InlineData(10_000_000, 1024, null, 21_000_000)]
    [InlineData(10_000_000, 1024, 2048L, 41_000_000)]
    public void An_answer_that_takes_less_than_half_of_the_room_is_made(long bytes, long rows, long? all, long free) =>
        PredictionAnswers.RefuseTooLong(bytes, rows, all, free);

    [Theory]
    [InlineData(10_000_000, 1024, null, 19_000_000, "the first 1,024 rows takes 10,000,000 bytes")]
    [InlineData(10_000_000, 1024, 2_097_152L, 39_000_000_000, "all 2,097,152 rows takes 20,480,000,000 bytes")]
    public void A_longer_one_is_refused_at_its_first_rows(long bytes, long rows, long? all, long free, string told)
    {
        var refused = Assert.Throws<ProblemException>(() => PredictionAnswers.RefuseTooLong(bytes, rows, all, free));

        Assert.Equal(507, refused.Problem.Status);
        Assert.Contains(told, refused.Problem.Detail, StringComparison.Ordinal);
    }
}
