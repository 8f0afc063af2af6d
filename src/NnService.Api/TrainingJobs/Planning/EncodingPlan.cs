using NnService.Engine;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Data.Splits;

namespace NnService.Api.TrainingJobs.Planning;

/// <summary>How columns become inputs and outputs, fitted on the training rows, or on all, or taken over from the model to start from.</summary>
/// <param name="Split">The rows.</param>
/// <param name="Preprocessing">What was asked of the columns, every default and choice filled in.</param>
/// <param name="Features">How columns become inputs.</param>
/// <param name="Target">How the target becomes outputs.</param>
/// <param name="Survey">What the search of the table has found; null where it was not searched.</param>
internal sealed record EncodingPlan(SplitPlan Split, PreprocessingSpec Preprocessing, FeatureEncoding Features, TargetEncoding Target, TableSurvey? Survey)
{
    /// <summary>The rows, where the preprocessing that is asked for fits the columns.</summary>
    public static SplitPlan Check(SplitPlan split, Findings findings)
    {
        var (table, columns, preprocessing) = (split.Columns.Request.Table, split.Columns, PreprocessingOf(split));
        findings.Refuse(preprocessing.Validate(table, columns.Features), "#/preprocessing");
        if (columns.Task == TaskKind.Regression && preprocessing.ValidateTargets(table, columns.Targets) is { } noLogarithm)
            findings.Refuse([noLogarithm], "#/preprocessing");
        return split;
    }

    public static EncodingPlan? Of(SplitPlan split, Findings findings)
    {
        var (request, columns, preprocessing) = (split.Columns.Request, split.Columns, PreprocessingOf(split));
        var (asked, table, start) = (request.Asked, request.Table, request.Start);
        var fitted = preprocessing.FitOn == FittedRows.All ? split with { Parts = new Split(split.Used, default, default) } : split;
        var (precision, trainRows) = (asked.Precision ?? Precision.Float32, fitted.Parts.Train.ToArray());

        // The target first, for the search of the features asks what it is; its problems are told behind those of the features.
        var (ofTarget, ofLabels) = (new Findings(), new Findings());
        var learnt = ofTarget.Attempt(
            asked.PositiveLabel is null ? "#/target" : "#/positiveLabel",
            () => TargetEncoding.Fit(table, columns.Targets, columns.Task, asked.PositiveLabel, preprocessing.Target, trainRows));
        var target = learnt is null || start is null ? learnt : start.Target(learnt, ofLabels);
        if (target is not null)
            target = asked.ClampOutput == true ? target.HeldWithin(table, trainRows) : target.Unbounded();
        var targetTooLarge = learnt is null || start is not null ? null
            : NumberFit.Of(table, learnt).Select(fit => fit.TooLarge(precision)).FirstOrDefault(found => found is not null);
        var choices = new ColumnChoices(fitted, preprocessing, target);
        var survey = request.IsNew && target is not null && targetTooLarge is null ? new TableSurvey(split, preprocessing, target) : null;

        string? featureTooLarge = null;
        var features = findings.Attempt("#/features", () => FeatureEncoding.Fit(table, columns.Features, trainRows, preprocessing, (cells, feature) =>
        {
            if (start is null)
                featureTooLarge ??= NumberFit.Of(cells, feature)?.TooLarge(precision); // the encodings of a model are tried on the rows at the end
            survey?.Look(cells, start?.Feature(feature.Name) ?? feature);
        }, start is null ? choices.Of : null));
        findings.Warn(choices.Warnings);
        findings.Add(ofTarget);
        if (features is null || learnt is null)
            return null;
        if (start is not null)
            features = start.Features(features, learnt, findings);
        findings.Add(ofLabels);
        if ((featureTooLarge ?? targetTooLarge) is { } tooLarge)
            findings.Refuse(featureTooLarge is null ? "#/preprocessing/target" : "#/preprocessing/numeric", tooLarge);
        return target is null ? null : new EncodingPlan(split, choices.Resolved, features, target, survey);
    }

    private static PreprocessingSpec PreprocessingOf(SplitPlan split) => split.Columns.Request.Asked.Preprocessing ?? new PreprocessingSpec();
}
