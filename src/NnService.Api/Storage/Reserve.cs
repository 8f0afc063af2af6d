using NnService.Api.Errors;

namespace NnService.Api.Storage;

/// <summary>
/// Some megabytes of the disk that are set aside, so that a delete can be committed when everything else is full: a database has to write before it can free.
/// </summary>
internal sealed class Reserve
{
    private const int Bytes = 8 << 20;
    private const int PieceBytes = 1 << 16;
    private static readonly TimeSpan InUse = TimeSpan.FromMinutes(1);

    private readonly string _file;
    private readonly Lock _gate = new();
    private readonly DataFolder _data;

    private readonly TimeProvider _clock;
    private long? _released;

    public Reserve(DataFolder data, TimeProvider clock)
    {
        (_data, _clock, _file) = (data, clock, Path.Combine(data.Path, "reserve"));
        Fill();
    }

    /// <summary>Whether somebody has just been given the room, who may be about to use it.</summary>
    public bool IsInUse
    {
        get
        {
            lock (_gate)
                return _released is { } released && _clock.GetElapsedTime(released) < InUse;
        }
    }

    /// <summary>Sets the room aside again, or as much of it as there is.</summary>
    public void Fill()
    {
        _data.Require(); // no file in a folder that is another one by now
        lock (_gate)
        {
            if (File.Exists(_file) && new FileInfo(_file).Length == Bytes)
                return;
            try
            {
                using var file = new FileStream(_file, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
                var piece = new byte[PieceBytes];
                while (file.Length < Bytes)
                    file.Write(piece, 0, (int)Math.Min(PieceBytes, Bytes - file.Length)); // written, not only declared: a hole in a file is no room
            }
            catch (IOException full) when (DiskFull.Caused(full))
            {
                // the pieces before are set aside
            }
        }
    }

    /// <summary>Gives the room up; false where there was none.</summary>
    public bool Release()
    {
        lock (_gate)
        {
            var isThere = File.Exists(_file);
            File.Delete(_file);
            _released = _clock.GetTimestamp();
            return isThere;
        }
    }
}
