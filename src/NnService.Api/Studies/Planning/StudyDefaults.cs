using NnService.Engine;
using NnService.Engine.Data.Encodings;

namespace NnService.Api.Studies.Planning;

/// <summary>A request with every default of the study filled in.</summary>
internal static class StudyDefaults
{
    public const int Folds = 5;
    public const int Trials = 20;
    private const int Eta = 3;
    private const int MinEpochs = 5;

    /// <summary>Filled in.</summary>
    /// <param name="asked">The request.</param>
    /// <param name="name">The study's name.</param>
    /// <param name="isRegression">Whether numbers are predicted.</param>
    public static StudyRequest Of(StudyRequest asked, string name, bool isRegression)
    {
        var isSearch = asked.Kind != StudyKind.CrossValidation;
        var metric = asked.Metric is null ? StudyMetric.Default(isSearch ? StudyMetric.Validation : StudyMetric.Test, isRegression) : StudyMetric.Of(asked.Metric)!;
        var preprocessing = asked.Job!.Preprocessing ?? new PreprocessingSpec();
        var common = asked with
        {
            // As it is today, for jobs that are made after the service has become a newer one
            Job = asked.Job with
            {
                Preprocessing = preprocessing with { IgnoreConstants = preprocessing.IgnoreConstants ?? true },
                RulesVersion = asked.Job.RulesVersion ?? TrainingRules.Latest,
            },
            Name = name,
            Kind = asked.Kind ?? StudyKind.Search,
            Seed = asked.Seed ?? (isSearch ? 0 : asked.Job.Seed ?? 0),
            Metric = metric.ToString(),
            Model = asked.Model ?? asked.Job.Model ?? asked.Job.Dataset,
        };
        if (!isSearch)
            return common with { Folds = asked.Folds ?? Folds, Repeats = asked.Repeats ?? 1, Keep = asked.Keep ?? StudyKeep.Refit };
        var method = asked.Method ?? SearchMethod.Random;
        var isHalving = method == SearchMethod.SuccessiveHalving;
        return common with
        {
            Method = method,
            Eta = isHalving ? asked.Eta ?? Eta : null,
            MinEpochs = isHalving ? asked.MinEpochs ?? MinEpochs : null,
            Trials = asked.Trials ?? Trials,
            Direction = asked.Direction ?? metric.Direction,
            Keep = asked.Keep ?? StudyKeep.Best,
        };
    }

    /// <summary>How many trials or folds.</summary>
    public static int TrialsOf(StudyRequest resolved) => resolved.Trials ?? resolved.Folds!.Value * resolved.Repeats!.Value;
}
