using NnService.Engine.Kernels;
using NnService.Engine.Random;
using NnService.Engine.Training.Intervals;

namespace NnService.Engine.Tests.Training.Intervals;

public sealed class GammaLanesTests
{
    private const ulong Seed = 77;

    // A lane takes another number of random numbers than its neighbours as soon as one of them rejects what it has drawn.
    [Fact]
    public void Every_lane_draws_what_its_stream_draws_alone()
    {
        var lanes = new GammaLanes(new RandomLanes(Seed, RandomPurpose.Bootstrap, 40));
        Stream[] alone = [.. Enumerable.Range(0, 8).Select(lane => new Stream(new RandomStream(Seed, RandomPurpose.Bootstrap, 40 + (uint)lane)))];
        double[] shapes = [0.01, 0.3, 0.5, 0.999, 1, 1.5, 7, 160, 1e6];

        for (var i = 0; i < 400; i++)
        {
            var shape = shapes[i % shapes.Length];
            var (coin, half, gamma) = (lanes.Coin(), lanes.Half(), lanes.Next(shape));
            for (var lane = 0; lane < 8; lane++)
            {
                Assert.Equal(alone[lane].Coin(), BitConverter.DoubleToInt64Bits(coin[lane]) == -1);
                Assert.Equal(alone[lane].Half(), half[lane]);
                Assert.Equal(alone[lane].Next(shape), gamma[lane]);
            }
        }
    }

    [Theory]
    [InlineData(0.2)]
    [InlineData(1)]
    [InlineData(30)]
    public void Mean_and_variance_are_the_shape(double shape)
    {
        const int Draws = 8 * 5000;
        var lanes = new GammaLanes(new RandomLanes(5, RandomPurpose.Bootstrap, 0));
        double sum = 0, squares = 0;
        for (var i = 0; i < Draws / 8; i++)
        {
            var drawn = lanes.Next(shape);
            for (var lane = 0; lane < 8; lane++)
            {
                Assert.True(drawn[lane] >= 0 && double.IsFinite(drawn[lane]));
                (sum, squares) = (sum + drawn[lane], squares + (drawn[lane] * drawn[lane]));
            }
        }

        // Five standard errors; the fourth moment about the mean is 3 shape² + 6 shape.
        var (mean, variance) = (sum / Draws, (squares / Draws) - (sum / Draws * (sum / Draws)));
        Assert.Equal(shape, mean, 5 * Math.Sqrt(shape / Draws));
        Assert.Equal(shape, variance, 5 * Math.Sqrt(((2 * shape * shape) + (6 * shape)) / Draws));
    }

    // Marsaglia and Tsang 2000, number by number.
    private sealed class Stream(RandomStream random)
    {
        private ulong _index;

        public bool Coin() => random.Uniform(_index++) < 0.5;

        public double Half() => random.Normal(_index++) is var normal ? normal * normal / 2 : 0;

        public double Next(double shape)
        {
            if (shape == 1)
                return -Transcendentals.Log(1 - random.Uniform(_index++));
            if (shape < 1)
                return Next(shape + 1) * Transcendentals.Exp(Transcendentals.Log(1 - random.Uniform(_index++)) / shape);
            var d = shape - (1.0 / 3);
            var c = 1 / Math.Sqrt(9 * d);
            while (true)
            {
                var x = random.Normal(_index++);
                var v = 1 + (c * x);
                if (v <= 0)
                    continue;
                v = v * v * v;
                var u = 1 - random.Uniform(_index++);
                if (u < 1 - (0.0331 * x * x * x * x) || Transcendentals.Log(u) < (0.5 * x * x) + d - (d * v) + (d * Transcendentals.Log(v)))
                    return d * v;
            }
        }
    }
}
