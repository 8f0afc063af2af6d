namespace NnService.Engine.Kernels;

/// <summary>The kinds of register a matrix product can run on. The results are the same to the bit.</summary>
internal enum ProductVariant
{
    Portable,
    Avx2,
    Avx512,
}
