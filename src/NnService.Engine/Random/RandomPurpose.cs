namespace NnService.Engine.Random;

/// <summary>
/// What a random number is for. Each purpose has its own stream, so a new use of chance never moves the numbers of another. Values are part of the format:
/// never renumber.
/// </summary>
public enum RandomPurpose : byte
{
    InitialWeights = 0,
    Shuffle = 1,
    Sampling = 2,
    Split = 3,
    Dropout = 4,
    Bootstrap = 5,
    Folds = 6,
    Search = 7,
    Importance = 8,
    ExportRows = 16,
}
