using System.Numerics;
using System.Runtime.Intrinsics;

namespace NnService.Engine.Kernels;

/// <summary>y = f(x) on every lane. A formula with a parameter implements the instance method of <see cref="IParametricUnaryFormula{T}"/> instead.</summary>
public interface IUnaryFormula<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    static abstract Vector512<T> Apply(Vector512<T> x);
}

/// <summary>z = f(x, y) on every lane.</summary>
public interface IBinaryFormula<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    static abstract Vector512<T> Apply(Vector512<T> x, Vector512<T> y);
}

/// <summary>w = f(x, y, z) on every lane; a derivative from (z, y, dy), for example.</summary>
public interface ITernaryFormula<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    static abstract Vector512<T> Apply(Vector512<T> x, Vector512<T> y, Vector512<T> z);
}

/// <summary>y = f(x; θ), the parameters θ being the fields of the struct (a slope, a rate).</summary>
public interface IParametricUnaryFormula<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    Vector512<T> Apply(Vector512<T> x);
}

/// <summary>z = f(x, y; θ), the parameters θ being the fields of the struct.</summary>
public interface IParametricBinaryFormula<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    Vector512<T> Apply(Vector512<T> x, Vector512<T> y);
}

/// <summary>w = f(x, y, z; θ), the parameters θ being the fields of the struct.</summary>
public interface IParametricTernaryFormula<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    Vector512<T> Apply(Vector512<T> x, Vector512<T> y, Vector512<T> z);
}
