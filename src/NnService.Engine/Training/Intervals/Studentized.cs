namespace NnService.Engine.Training.Intervals;

/// <summary>
/// The bootstrap-t (Efron and Tibshirani 1993, section 12.5): how far the figures of draws lie from the one found, in standard errors of each draw. Where
/// rows are skewed, as losses and squared errors are, the plain quantiles of the draws end too low.
/// </summary>
internal sealed class Studentized
{
    private const double Tail = 0.025;
    private const double Rounding = 1e-9; // of a figure: a smaller standard error is none
    private const double MostErrors = 6; // times the limit of Student's t: draws of a few different rows have hardly any standard error

    private readonly double[] _distances = new double[Bootstrap.Resamples]; // NaN where undefined

    /// <summary>Takes draws.</summary>
    /// <param name="first">Number of the first.</param>
    /// <param name="figures">Their figures and those ones' standard errors.</param>
    /// <param name="from">The figure of what was drawn from.</param>
    public void Add(int first, DrawnFigures figures, double from)
    {
        for (var lane = 0; lane < DrawLanes.Count; lane++)
            _distances[first + lane] = figures.Of(lane) is var figure && IsDefined(figure) ? (figure.Value - from) / figure.Error : double.NaN;
    }

    /// <summary>The limits around a figure; null where too many draws are undefined, or the figure is.</summary>
    /// <param name="figure">As found.</param>
    /// <param name="rows">Rows of it.</param>
    public (double Low, double High)? Around((double Value, double Error) figure, int rows)
    {
        double[] defined = [.. _distances.Where(double.IsFinite).Order()];
        if (!IsDefined(figure) || defined.Length < Bootstrap.Resamples / 2)
            return null;
        var most = MostErrors * NormalTail.StudentT(rows - 1);
        return (
            figure.Value - (Math.Min(Bootstrap.Quantile(defined, 1 - Tail), most) * figure.Error),
            figure.Value - (Math.Max(Bootstrap.Quantile(defined, Tail), -most) * figure.Error));
    }

    private static bool IsDefined((double Value, double Error) figure) => double.IsFinite(figure.Value) && figure.Error > Rounding * figure.Value;
}
