namespace NnService.Engine.Training.Intervals;

/// <summary>Counts the rows that two models have right, each or both, by their weights.</summary>
internal struct PairedCount
{
    private double _both;
    private double _first;
    private double _second;
    private double _neither;

    /// <summary>The sum of the weights' squares; 0 before the first row.</summary>
    public double Squares { get; private set; }

    /// <summary>The counts in effective rows (<see cref="EffectiveRows"/>), of one row at least.</summary>
    public readonly PairedShares Shares
    {
        get
        {
            var ofOne = (_both + _first + _second + _neither) / Squares; // effective rows of a unit of weight
            return new PairedShares(_both * ofOne, _first * ofOne, _second * ofOne, _neither * ofOne);
        }
    }

    /// <summary>Takes a row in.</summary>
    /// <param name="first">Whether the first model has it right.</param>
    /// <param name="second">Whether the other has.</param>
    /// <param name="weight">Its weight, above 0.</param>
    public void Add(bool first, bool second, double weight)
    {
        Squares += weight * weight;
        switch (first, second)
        {
            case (true, true):
                _both += weight;
                break;
            case (true, false):
                _first += weight;
                break;
            case (false, true):
                _second += weight;
                break;
            default:
                _neither += weight;
                break;
        }
    }
}
