using NnService.Engine.Random;

namespace NnService.Benchmarks.Honesty;

/// <summary>A distribution of errors, with what is known of it.</summary>
/// <param name="Name">Its name in the table.</param>
/// <param name="MeanSquare">E e².</param>
/// <param name="MeanAbsolute">E |e|.</param>
/// <param name="MedianAbsolute">Median of |e|.</param>
/// <param name="Draw">An error from the random numbers of an index.</param>
internal sealed record Errors(string Name, double MeanSquare, double MeanAbsolute, double MedianAbsolute, Func<RandomStream, ulong, double> Draw)
{
    public static Errors Normal { get; } = new("normal", 1, 0.7978845608028654, 0.6744897501960817, (chance, index) => chance.Normal(index));

    public static Errors Laplace { get; } = new("Laplace", 2, 1, 0.6931471805599453, (chance, index) =>
        chance.Uniform(index) - 0.5 is var u ? -Math.Sign(u) * Math.Log(1 - (2 * Math.Abs(u))) : 0);

    /// <summary>e to the power of a normal number, less its mean.</summary>
    public static Errors Skewed { get; } = new(
        "lognormal", 4.670774270471604, 1.2626729297722599, 0.9963344533701832, (chance, index) => Math.Exp(chance.Normal(index)) - Math.Exp(0.5));

    public static Errors StudentFive { get; } = new(
        "Student's t(5)", 5.0 / 3, 0.9490167245562361, 0.7266868437979397, (chance, index) => Student(chance, index, 5));

    public static Errors StudentTwoAndAHalf { get; } = new(
        "Student's t(2.5)", 5, 1.2060290800984865, 0.7850136812811753, (chance, index) => Student(chance, index, 2.5));

    // Bailey 1994: from a point of the unit disc, as the polar method.
    private static double Student(RandomStream chance, ulong index, double degrees)
    {
        for (ulong attempt = 0; ; attempt++)
        {
            var u = (2 * chance.Uniform((index * 64) + (2 * attempt))) - 1;
            var v = (2 * chance.Uniform((index * 64) + (2 * attempt) + 1)) - 1;
            var w = (u * u) + (v * v);
            if (w is > 0 and < 1)
                return u * Math.Sqrt(degrees * (Math.Pow(w, -2 / degrees) - 1) / w);
        }
    }
}
