using System.Globalization;
using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Api.Http.Describing;
using NnService.Engine;
using NnService.Engine.Specs;

namespace NnService.Api.Models.Predictions;

/// <summary>How sure predictions are to be: the parameter <c>interval</c> of predictions and evaluations.</summary>
internal static class IntervalLevel
{
    /// <summary>The parameter.</summary>
    public const string Parameter = "interval";

    /// <summary>The member of metrics that says how many truths the intervals hold.</summary>
    public const string Coverage = "coverage";

    /// <summary>The level of the coverage in a job's metrics.</summary>
    public const double OfMetrics = 0.9;

    private const double BeyondChance = 3; // standard errors

    /// <summary>What to know of a coverage that is less than it should be, of both parts' chance; null: nothing.</summary>
    /// <param name="coverage">The share of some rows whose truth the intervals hold.</param>
    /// <param name="level">The share that they are made for.</param>
    /// <param name="rows">How many rows that are.</param>
    /// <param name="scores">What the intervals were measured on.</param>
    public static string? WhyTooLow(double coverage, double level, double rows, ConformalScores scores) =>
        level - coverage <= BeyondChance * Math.Sqrt(level * (1 - level) * ((1 / rows) + (1 / scores.Rows))) ? null
            : $"{Coverage} is {FigureText.Share(coverage)} where {level.ToString(CultureInfo.InvariantCulture)} is meant, beyond chance: these rows are not like those of the validation "
                + "part, as later rows are not where things change, and for such rows intervals are too narrow";

    /// <summary>What the parameter is, of predictions.</summary>
    public static QueryParameter OfPredictions { get; } = Described(
        "Between 0 and 1, both excluded, such as 0.9: adds an `interval` to each value, or the `labels` to each label, that hold the truth with this probability "
        + "(split conformal prediction from the validation part).");

    /// <summary>What the parameter is, of evaluations.</summary>
    public static QueryParameter OfEvaluations { get; } = Described(
        "Between 0 and 1, both excluded, such as 0.9: adds `coverage` to the metrics, the share of the rows whose truth lies in the interval, or among the labels, "
        + "that a prediction has at this level.");

    /// <summary>What the intervals take in; null: none are asked for. Errors: <see cref="ProblemException"/>.</summary>
    public static ConformalThresholds? Thresholds(LoadedModel loaded, HttpRequest request)
    {
        if (!request.QueryString.HasValue || !request.Query.TryGetValue(Parameter, out var said)) // of most requests all that is looked at
            return null;
        return double.TryParse(said.ToString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var level)
            ? Thresholds(loaded, level)
            : throw Unfit(said.ToString());
    }

    /// <summary>The same for a level. Errors: <see cref="ProblemException"/>.</summary>
    public static ConformalThresholds Thresholds(LoadedModel loaded, double level)
    {
        if (level is not (> 0 and < 1))
            throw Unfit(level.ToString(CultureInfo.InvariantCulture));
        if (loaded.Model.Description.Conformal is not { } scores)
            throw Refusal.Exception(
                400,
                $"Version {loaded.Version} of model \"{loaded.Name}\" has no intervals: they come from rows that a training keeps for validation, all of which "
                + "must have an answer that is a number. Train with a validation part (split), look at the job's warnings where it had one, "
                + "train again what an older version of the service has trained, or leave interval out.");
        return scores.Thresholds(level) ?? throw Refusal.Exception(
            400,
            $"interval={level.ToString(CultureInfo.InvariantCulture)} is more than {scores.Rows:0} validation rows can vouch for; ask for at most "
            + $"{(Math.Floor(scores.HighestLevel * 1e4) / 1e4).ToString(CultureInfo.InvariantCulture)}, or train with a larger validation part.");
    }

    private static ProblemException Unfit(string said) =>
        Refusal.Exception(400, $"{Parameter}={Echo.Cut(said)} is not a number above 0 and below 1; 0.9 is usual.");

    private static QueryParameter Described(string help) => new(Parameter, help, null) { Form = ValueForm.Fraction };
}
