using NnService.Engine.Kernels;

namespace NnService.Engine.Tests.Kernels;

public sealed class ConversionTests
{
    [Fact]
    public void Numbers_round_to_floats_as_a_cast_does_and_come_back_as_they_are()
    {
        // Ties in both directions, subnormal, overflowing, and what is not a number; 43 is two blocks and a rest.
        double[] special = [1 + 5.9604644775390625e-08, 1 + 1.7881393432617188e-07,
            1e-45, -1e-46, 3.4e38, 3.5e38, double.NaN, double.NegativeInfinity, -0.0, 1 / 3.0];
        for (var count = 0; count <= 43; count++)
        {
            double[] exact = [.. Enumerable.Range(0, count).Select(i => special[i % special.Length])];
            var (rounded, back) = (new float[count], new double[count]);
            Conversion.Round<float>(exact, rounded);
            Conversion.Widen<float>(rounded, back);
            Assert.Equal(exact.Select(x => BitConverter.SingleToUInt32Bits((float)x)), rounded.Select(BitConverter.SingleToUInt32Bits));
            Assert.Equal(rounded.Select(x => BitConverter.DoubleToUInt64Bits(x)), back.Select(BitConverter.DoubleToUInt64Bits));

            var copy = new double[count];
            Conversion.Round(exact, copy);
            Assert.Equal(exact, copy);
            Conversion.Widen<double>(exact, back);
            Assert.Equal(exact, back);
        }
    }
}
