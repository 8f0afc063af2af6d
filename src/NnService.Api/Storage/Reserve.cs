using NnService.Api.Errors;

namespace NnService.Api.Storage;

/// <summary>
/// Some megabytes of the disk that are set aside, so that a delete can be committed when everything else is full: a database has to write before it can free.
/// </summary>
internal sealed class Reserve
{
    private const int Bytes = 8 << 20;

    private readonly string _file;
    private readonly Lock _gate = new();
    private readonly DataFolder _data;

    public Reserve(DataFolder data)
    {
        (_data, _file) = (data, Path.Combine(data.Path, "reserve"));
        Fill();
    }

    /// <summary>Sets the room aside again, as far as there is room.</summary>
    public void Fill()
    {
        _data.Require(); // no file in a folder that is another one by now
        lock (_gate)
        {
            if (File.Exists(_file) && new FileInfo(_file).Length == Bytes)
                return;
            try
            {
                File.WriteAllBytes(_file, new byte[Bytes]); // written, not only declared: a hole in a file is no room
            }
            catch (IOException full) when (DiskFull.Caused(full))
            {
                File.Delete(_file);
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
            return isThere;
        }
    }
}
