using System.Numerics;
using NnService.Api.Errors;
using NnService.Api.TrainingJobs.Planning;
using NnService.Engine.Training;

namespace NnService.Api.TrainingJobs.Running;

/// <summary>
/// What a run leaves behind while it trains: points of its history, its progress, checkpoints. A thread of its own writes them, so that the training does not
/// wait for the disk; the training only counts rows, and now and then copies its state out. Where the disk is full, the training waits until there is room.
/// </summary>
internal sealed class RunRecorder<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int MostWaiting = 100_000;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan FullDiskPause = TimeSpan.FromSeconds(1);

    private readonly JobAttempt _attempt;
    private readonly NetworkSequence<T> _networks;
    private readonly Speedometer _speed;
    private readonly CheckpointRhythm _rhythm;
    private readonly Thread _thread;
    private readonly long _started;
    private readonly double _secondsBefore;

    // Shared with the writing thread, under the lock.
    private readonly Lock _gate = new();
    private readonly AutoResetEvent _work = new(false);
    private readonly ManualResetEventSlim _hasRoom = new(true);
    private List<HistoryPoint> _waiting = [];
    private Checkpoint<T>? _captured;
    private Checkpoint<T>? _spare = new();
    private bool _isClosing;
    private bool _isEvaluating;
    private EvaluationEstimate? _evaluation;
    private volatile Exception? _failure;
    private bool _isHindered; // the writing thread's own

    // The training thread's own.
    private long _rows;
    private int _points;
    private int _stepsUntilLook = 1;
    private int _stepsBetweenLooks = 1;
    private long _lastLook;

    /// <param name="attempt">Whose.</param>
    /// <param name="networks">What is trained, resumed where there was a checkpoint.</param>
    /// <param name="from">The checkpoint it was resumed from; null: it starts.</param>
    public RunRecorder(JobAttempt attempt, NetworkSequence<T> networks, Checkpoint<T>? from)
    {
        (_attempt, _networks) = (attempt, networks);
        (_secondsBefore, _rows, _points) = (from?.ElapsedSeconds ?? 0, from?.RowsTrained ?? 0, from?.HistoryPoints ?? 0);
        _started = _lastLook = attempt.Clock.GetTimestamp();
        _speed = new Speedometer(attempt.VisitsPerEpoch, attempt.Epochs);
        _speed.Read(_secondsBefore, _rows, networks.EpochsSpared);
        _rhythm = new CheckpointRhythm(attempt.CheckpointSeconds, _secondsBefore);
        if (_secondsBefore >= attempt.MaxSeconds)
            attempt.Control.Ask(TrainingRequest.TimeLimit); // its time was up before it was left
        HoldAfter((from?.Epoch ?? 0) + (from?.Finished.Sum(network => network.Epochs) ?? 0));
        _thread = new Thread(WriteUntilClosed) { IsBackground = true, Name = "recording" };
        _thread.Start();
    }

    private double Seconds => _secondsBefore + _attempt.Clock.GetElapsedTime(_started).TotalSeconds;

    /// <summary>An epoch has been reported. The training thread's.</summary>
    public void Add(EpochResult result)
    {
        var point = new HistoryPoint(
            result.Epoch, result.Step, result.TrainLoss, result.ValidationLoss, result.LearningRate, result.TrainScore, result.ValidationScore, Seconds);
        _points++;
        lock (_gate)
            _waiting.Add(point);
        HoldAfter(result.Epoch);
    }

    /// <summary>A step has been taken. The training thread's; looks at the clock about once a millisecond, however short the steps are.</summary>
    public void Tick(int rows)
    {
        Volatile.Write(ref _rows, _rows + rows);
        if (--_stepsUntilLook > 0)
            return;
        var sinceLook = _attempt.Clock.GetElapsedTime(_lastLook).TotalMilliseconds;
        _lastLook = _attempt.Clock.GetTimestamp();
        _stepsBetweenLooks = sinceLook < 0.5 ? Math.Min(_stepsBetweenLooks * 2, 1 << 16)
            : sinceLook > 2 ? Math.Max(_stepsBetweenLooks / 2, 1) : _stepsBetweenLooks;
        _stepsUntilLook = _stepsBetweenLooks;
        Look();
    }

    /// <summary>Captures where the trainer is, for a run that is to go on later.</summary>
    public void Capture()
    {
        var checkpoint = new Checkpoint<T>();
        Fill(checkpoint);
        lock (_gate)
            _captured = checkpoint;
    }

    /// <summary>The training has ended with a model: writes what is waiting and ends the writing. What comes next is the evaluation.</summary>
    /// <exception cref="IOException">It could not be written.</exception>
    public RunEvaluation Evaluate()
    {
        lock (_gate)
            _isEvaluating = true;
        Close();
        var ending = _spare ?? _captured ?? new Checkpoint<T>(); // the writing thread is gone
        Fill(ending);
        return new RunEvaluation(_attempt, _evaluation!, ending.Write);
    }

    /// <summary>Writes what is waiting and ends the writing.</summary>
    /// <exception cref="IOException">It could not be written.</exception>
    public void Close()
    {
        lock (_gate)
            _isClosing = true;
        _work.Set();
        _thread.Join();
        if (_failure is { } failure)
            throw new IOException($"The run could not be recorded: {failure.Message}", failure);
    }

    public void Dispose()
    {
        if (_thread.IsAlive)
            Close();
        _work.Dispose();
        _hasRoom.Dispose();
    }

    // Asked for between two epochs, so that the run is held at the same step every time.
    private void HoldAfter(int epoch)
    {
        if (_attempt.HoldsAfter <= epoch)
            _attempt.Control.Ask(TrainingRequest.Pause);
    }

    private void Look()
    {
        if (_failure is { } failure)
            throw new IOException($"The run could not be recorded: {failure.Message}", failure);
        while (!_hasRoom.Wait(FullDiskPause) && _attempt.Control.Request == TrainingRequest.None)
        {
        }

        var seconds = Seconds;
        if (_attempt.MaxSeconds is { } most && seconds >= most)
            _attempt.Control.Ask(TrainingRequest.TimeLimit);
        if (!_rhythm.IsDue(seconds, _attempt.Running.IsLookedAt))
            return;
        lock (_gate)
            if (_captured is not null || _spare is null)
                return;
        _attempt.Running.IsLookedAt = false;
        var begin = Seconds;
        Fill(_spare);
        _rhythm.Captured(begin, Seconds);
        lock (_gate)
            (_captured, _spare) = (_spare, null);
        _work.Set();
    }

    private void Fill(Checkpoint<T> checkpoint)
    {
        _networks.Capture(checkpoint);
        (checkpoint.ElapsedSeconds, checkpoint.RowsTrained, checkpoint.HistoryPoints) = (Seconds, _rows, _points);
    }

    private void WriteUntilClosed()
    {
        try
        {
            for (var isLast = false; !isLast;)
            {
                if (_hasRoom.IsSet)
                    _work.WaitOne(Interval);
                lock (_gate)
                    isLast = _isClosing;
                try
                {
                    Write(isLast);
                    _hasRoom.Set();
                    if (_isHindered)
                        _attempt.TellRoom();
                    _isHindered = false;
                }
                catch (Exception passing) when (
                    (_attempt.Database.Failures.IsFullDisk(passing) || _attempt.Database.Failures.IsAway(passing))
                    && _attempt.Control.Request is not (TrainingRequest.Cancel or TrainingRequest.Interrupt))
                {
                    isLast = false;
                    Hinder(_attempt.Database.Failures.IsFullDisk(passing));
                }
            }
        }
        catch (Exception failure)
        {
            _failure = failure;
        }
        finally
        {
            _hasRoom.Set();
            _attempt.TellRoom();
        }
    }

    // Where only the database is away, the training goes on, as long as what it has to tell is not too much to be kept.
    private void Hinder(bool isDiskFull)
    {
        if (!_isHindered && isDiskFull)
            _attempt.TellFull();
        else if (!_isHindered)
            _attempt.Log.LogWarning("The database is away: training job {JobId} goes on, and saves when it is back", _attempt.JobId);
        _isHindered = true;
        bool isMuch;
        lock (_gate)
            isMuch = _waiting.Count >= MostWaiting;
        if (isDiskFull || isMuch)
            _hasRoom.Reset();
        _work.WaitOne(FullDiskPause);
    }

    // Points before the checkpoint that counts them: a checkpoint that is there has its whole history.
    private void Write(bool isLast)
    {
        List<HistoryPoint> points;
        Checkpoint<T>? captured;
        lock (_gate)
            (points, captured, _waiting) = (_waiting, _captured, []);
        try
        {
            if (!_attempt.Save(points, ProgressNow()))
            {
                _attempt.Lose();
                return;
            }
        }
        catch
        {
            lock (_gate)
                _waiting.InsertRange(0, points);
            throw;
        }

        if (captured is null)
            return;
        var begin = Seconds;
        if (TryWrite(captured))
            _rhythm.Written(begin, Seconds);
        lock (_gate)
        {
            if (_captured == captured) // and not the one of the end, which the training has put there while this one was written
                _captured = null;
            _spare = captured;
        }
    }

    // A training outlives the place of its checkpoints; what is to be left there to go on from does not.
    private bool TryWrite(Checkpoint<T> captured)
    {
        try
        {
            _attempt.Checkpoints.Write(_attempt.JobId, captured.Write);
            return true;
        }
        catch (StorageUnavailableException) when (_attempt.Control.Request is not (TrainingRequest.Pause or TrainingRequest.Interrupt))
        {
            return false; // which the store has noted
        }
    }

    private RunProgress ProgressNow()
    {
        bool isEvaluating;
        lock (_gate)
            isEvaluating = _isEvaluating;
        var (seconds, rows) = (Seconds, Volatile.Read(ref _rows));
        var progress = _speed.Read(seconds, rows, _networks.EpochsSpared);
        _evaluation = _attempt.Evaluation(progress.SamplesPerSecond is { } speed ? 1 / speed : seconds / Math.Max(rows, 1));
        return isEvaluating
            ? progress with { ShareDone = 1, EtaSeconds = _evaluation.Seconds }
            : progress with { EtaSeconds = progress.EtaSeconds + _evaluation.Seconds };
    }
}
