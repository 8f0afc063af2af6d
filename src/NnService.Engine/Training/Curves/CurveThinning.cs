namespace NnService.Engine.Training.Curves;

/// <summary>Keeps as many steps of a curve as can be drawn.</summary>
internal static class CurveThinning
{
    /// <summary>The first step in each of equally long stretches along a curve, and the last one; all of them where they are few.</summary>
    /// <param name="steps">The steps.</param>
    /// <param name="most">How many are kept at the most, at least 2.</param>
    /// <param name="place">How far along a step lies, from 0 to 1, never falling.</param>
    internal static IReadOnlyList<RankingStep> Of(IReadOnlyList<RankingStep> steps, int most, Func<RankingStep, double> place)
    {
        if (steps.Count <= most)
            return steps;
        var kept = new List<RankingStep>(most);
        var (stretches, before) = (most - 2, -1); // the end is a stretch of its own, and one place is for the last step, which may not be its first
        for (var i = 0; i < steps.Count; i++)
        {
            var stretch = (int)(place(steps[i]) * stretches);
            if (stretch > before || i == steps.Count - 1)
                kept.Add(steps[i]);
            before = stretch;
        }

        return kept;
    }
}
