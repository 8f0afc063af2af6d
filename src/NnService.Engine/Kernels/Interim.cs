using System.Numerics;
namespace NnService.Engine.Kernels;

public static class View { public static View<T> Of<T>(ReadOnlySpan<T> d, int r, int c) => new(System.Runtime.InteropServices.MemoryMarshal.CreateSpan(ref System.Runtime.InteropServices.MemoryMarshal.GetReference(d), d.Length), r, c, c, 1); }
public readonly ref struct View<T>(Span<T> data, int rows, int columns, int rs, int cs)
{
    internal Span<T> D { get; } = data; public int Rows => rows; public int Columns => columns; internal int RS => rs; internal int CS => cs;
    public View<T> Transposed => new(D, columns, rows, cs, rs);
}
public sealed class Team { }
public static class MatrixProduct
{
    public static void Multiply<T>(View<T> a, View<T> b, View<T> c, bool accumulate = false, Team? team = null) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int i = 0; i < c.Rows; i++) for (int j = 0; j < c.Columns; j++) { T s = accumulate ? c.D[i * c.RS + j * c.CS] : T.Zero; for (int k = 0; k < a.Columns; k++) s = T.FusedMultiplyAdd(a.D[i * a.RS + k * a.CS], b.D[k * b.RS + j * b.CS], s); c.D[i * c.RS + j * c.CS] = s; }
    }
}
public static class Reductions
{
    public static void SumColumns<T>(ReadOnlySpan<T> x, int n, Span<T> s) where T : unmanaged, IBinaryFloatingPointIeee754<T> { s.Clear(); for (int i = 0; i < x.Length; i++) s[i % n] += x[i]; }
    public static void AddRow<T>(ReadOnlySpan<T> b, Span<T> x) where T : unmanaged, IBinaryFloatingPointIeee754<T> { for (int i = 0; i < x.Length; i++) x[i] += b[i % b.Length]; }
    public static T Dot<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b) where T : unmanaged, IBinaryFloatingPointIeee754<T> { T s = T.Zero; for (int i = 0; i < a.Length; i++) s += a[i] * b[i]; return s; }
    public static double SumOfSquares<T>(ReadOnlySpan<T> a) where T : unmanaged, IBinaryFloatingPointIeee754<T> { double s = 0; foreach (var v in a) { var d = double.CreateChecked(v); s += d * d; } return s; }
    public static T LogSumExp<T>(ReadOnlySpan<T> z) where T : unmanaged, IBinaryFloatingPointIeee754<T> { T m = z[0]; foreach (var v in z) m = T.Max(m, v); T s = T.Zero; foreach (var v in z) s += Transcendentals.Exp(v - m); return m + Transcendentals.Log(s); }
    public static void Softmax<T>(ReadOnlySpan<T> z, Span<T> y) where T : unmanaged, IBinaryFloatingPointIeee754<T> { T m = z[0]; foreach (var v in z) m = T.Max(m, v); T s = T.Zero; for (int i = 0; i < z.Length; i++) { y[i] = Transcendentals.Exp(z[i] - m); s += y[i]; } for (int i = 0; i < z.Length; i++) y[i] /= s; }
}
