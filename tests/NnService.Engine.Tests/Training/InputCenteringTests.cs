using NnService.Engine.Training;

namespace NnService.Engine.Tests.Training;

public sealed class InputCenteringTests
{
    [Fact]
    public void Moments_of_many_inputs_at_once_have_the_bits_of_one_after_the_other()
    {
        const int width = 37; // some vectors, and what is left over
        var random = new System.Random(3);
        var (means, squares, slowMeans, slowSquares) = (new double[width], new double[width], new double[width], new double[width]);
        for (var count = 1; count <= 200; count++)
        {
            double[] row = [.. Enumerable.Range(0, width).Select(i => i % 3 == 0 ? random.Next(2) : (random.NextDouble() - 0.3) * Math.Pow(10, i - 18))];
            InputCentering.Add(row, count, means, squares);
            for (var i = 0; i < width; i++)
            {
                var step = row[i] - slowMeans[i];
                slowMeans[i] += step / count;
                slowSquares[i] += step * (row[i] - slowMeans[i]);
            }
        }

        Assert.Equal(slowMeans, means);
        Assert.Equal(slowSquares, squares);
    }
}
