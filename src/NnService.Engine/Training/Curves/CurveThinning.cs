namespace NnService.Engine.Training.Curves;

/// <summary>Keeps as many points of a curve as can be drawn.</summary>
internal static class CurveThinning
{
    private const int Steps = EvaluationCurves.MostPoints - 2; // one place is for the last point, which may share a step with another

    /// <summary>The first point of each of equally long steps along a curve, and the last one; all of them where they are few.</summary>
    /// <param name="points">The points.</param>
    /// <param name="place">How far along a point lies, from 0 to 1, never falling.</param>
    internal static List<T> Of<T>(List<T> points, Func<T, double> place)
        where T : class
    {
        if (points.Count <= EvaluationCurves.MostPoints)
            return points;
        var kept = new List<T>(EvaluationCurves.MostPoints);
        var before = -1;
        foreach (var point in points)
        {
            var step = (int)(place(point) * Steps); // at 1 a step of its own
            if (step > before)
                kept.Add(point);
            before = step;
        }

        if (!ReferenceEquals(kept[^1], points[^1]))
            kept.Add(points[^1]);
        return kept;
    }
}
