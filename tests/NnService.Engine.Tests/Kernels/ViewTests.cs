using NnService.Engine.Kernels;

namespace NnService.Engine.Tests.Kernels;

public sealed class ViewTests
{
    [Fact]
    public void A_transposed_view_exchanges_rows_and_columns_over_the_same_memory()
    {
        float[] elements = [0, 1, 2, 3, 4, 5];
        var view = new View<float>(elements, 2, 3);
        var transposed = view.Transposed;
        Assert.Equal((3, 2), (transposed.Rows, transposed.Columns));
        Assert.Equal(5, transposed[2, 1]);
        transposed[0, 1] = 30;
        Assert.Equal(30, elements[3]);
        ReadOnlyView<float> readOnly = view;
        Assert.Equal(30, readOnly.Transposed[0, 1]);
    }

    [Theory]
    [InlineData(6, 2, 3, 3, 1, true)]
    [InlineData(5, 2, 3, 3, 1, false)]
    [InlineData(7, 2, 3, 4, 1, true)]
    [InlineData(6, 2, 3, 4, 1, false)]
    [InlineData(0, 0, 3, 3, 1, true)]
    [InlineData(0, 3, 0, 0, 1, true)]
    [InlineData(3, 3, 1, 1, 7, true)]
    [InlineData(10, 65536, 65536, 65536, 1, false)] // 65536 · 65536 is 0 in int
    [InlineData(10, -1, 3, 3, 1, false)]
    [InlineData(10, 2, 3, -3, 1, false)]
    public void A_view_must_lie_within_its_elements(int length, int rows, int columns, int rowStride, int columnStride, bool fits)
    {
        var error = Record.Exception(() => { _ = new View<double>(new double[length], rows, columns, rowStride, columnStride); });
        Assert.Equal(fits ? null : typeof(ArgumentException), error?.GetType());
        error = Record.Exception(() => { _ = new ReadOnlyView<double>(new double[length], rows, columns, rowStride, columnStride); });
        Assert.Equal(fits ? null : typeof(ArgumentException), error?.GetType());
    }

    [Fact]
    public void An_index_outside_the_view_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new View<float>(new float[6], 2, 3)[0, 3]);
        Assert.Throws<ArgumentOutOfRangeException>(() => new ReadOnlyView<float>(new float[6], 2, 3)[-1, 0]);
    }
}
