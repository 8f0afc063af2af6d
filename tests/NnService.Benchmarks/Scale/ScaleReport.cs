using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace NnService.Benchmarks.Scale;

/// <summary>The page of all axes, made from a file of their figures beside it; an axis that is measured again takes the place of what stood there.</summary>
/// <param name="folder">Where both are.</param>
/// <param name="axes">All axes, in the order of the page.</param>
internal sealed class ScaleReport(string folder, IReadOnlyList<Axis> axes)
{
    private static readonly JsonSerializerOptions s_json =
        new(JsonSerializerOptions.Web) { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly string _figures = Path.Combine(folder, "scale.json");
    private readonly string _page = Path.Combine(folder, "scale.md");

    /// <summary>Puts an axis into the file.</summary>
    public void Put(ScaleSection section)
    {
        ScaleSection[] all = [.. Sections().Where(other => other.Axis != section.Axis), section];
        File.WriteAllText(_figures, JsonSerializer.Serialize(all.OrderBy(one => Place(one.Axis)), s_json) + "\n");
    }

    /// <summary>Writes the page.</summary>
    public void WritePage()
    {
        var sections = Sections();
        (Axis Axis, ScaleSection Section)[] measured =
            [.. from axis in axes join section in sections on axis.Name equals section.Axis select (axis, section)];
        var page = new StringBuilder("""
            # How it grows

            What the service takes as tables, trainings and stocks grow, over loopback, each size by a service of its own on an empty data folder, and beside it what a user would pick instead. One command makes this page and the file of its figures, [scale.json](scale.json):

            ```bash
            dotnet run -c Release --project tests/NnService.Benchmarks -- scale --write            # half an hour
            dotnet run -c Release --project tests/NnService.Benchmarks -- scale rows --large       # one axis, up to its largest size, nothing written
            ```


            """);
        page.Append(ScaleSummary.Of(measured)).Append('\n');
        foreach (var (axis, section) in measured)
            page.Append(ScaleTable.Of(axis, section)).Append('\n');
        page.Append("""
            ## How to read it

            - The exponent is the slope of the least squares line of log figure on log size: 1 is linear, 0 is the same at every size. Small sizes pay mostly what is paid once; the exponent in brackets is that of the last two sizes alone, and the reading is of that: flat is within 0.15 of 0, linear within 0.15 of 1.
            - "Per unit" is the figure divided by the size, at the first size and at 10 and 100 times it, where it was measured.
            - A figure is the median of three jobs or more, or of three uploads where one takes less than five seconds. Service and peers are warm when their time begins: the service has taken in and trained 32 small tables of the same kind. What the first upload of a service just started takes, while its code is compiled, is a figure of its own.
            - The memory is the most physical memory of the process, which had 120 to 150 MB before.
            - Baselines and metrics take as long whatever the epochs: their share is given of a job of one epoch, which nobody trains but to measure, and of one with the
              epochs that the service trains where none are asked for. The mark is a third of the latter.
            - A peer's line stands under ours; in brackets, how many times as good ours is: as fast, as small, as many answers. Above 1 ours is ahead.
            - Peers' figures are medians of three where one takes less than five seconds, and what takes more than 120 seconds is left out. They have one thread, as the service's training has, in float32. They make up in no figure for what they do not do: a plan, warnings, a history, checkpoints, a saved model.
            - The load is that of the machine when the axis had ended: where it is above 1, others were at work, and times of a wall clock are too long by their share.

            ## Where a peer is ahead, and why

            - **Small uploads** (10,000 classes; pandas): 0.9 of pandas, which reads a file and keeps nothing; ours is over HTTP and ends when file and row are on the disk. A service just started takes 80 to 140 ms for its first table, since its code is compiled meanwhile.
            - **Claim to first step** (pandas to torch) of small tables, and of columns with many categories: the claim is a transaction that is on the disk before the run begins, and the columns are read from their files; the script has its arrays in memory. From 100,000 rows on ours is ahead, at 10,000 and 16,000 columns at 0.84 and 0.88. The run of a job that waits in a queue plans its job anew, which takes as long as its `POST` without the search for what would spoil the table. The figure is what asking every 2 ms sees of the time up to the evaluation, less that of the epochs: the commit of the history is in it, and of a job of some milliseconds the asking. Marks inside the service, at 10,000 rows, median of eight jobs: the first step comes 11 to 12 ms after the claim began, of which its commit is 1.5 to 2, the thread and the row 1.9, reading the columns 0.9, encoding 2.5, the network 0.9 and the thread that records 0.4. Encoding is 3 ns a number where the memory is warm (8,192 rows of 20, again and again) and 12 here, for a page of 4 KB that is touched for the first time costs 15 µs on this machine, by a loop in C; computing it eight numbers at a time gained nothing.
            - **Baselines and metrics** (scikit-learn) from 10,000 columns on (0.73 and 0.87; half of it is the linear model, for which scikit-learn solves as many equations as there are rows), and at 10 and 100 classes (0.96 and 0.88): four to ten metrics with intervals of train, validation and test parts, curves of calibration, areas of each label and paired comparisons, where the script has three or four of the test part.
            - **Kestrel alone** is the roof and no service: it reads the body and answers a constant. Of a row of 784 numbers (24 µs of processor time, 0.56 to 0.58 of Kestrel's 13.5; 0.71 in an hour when system calls cost twice as much) reading them is 2, the network 1 to 2, routing, counting and the answer 5.

            """);
        File.WriteAllText(_page, page.ToString());
    }

    private ScaleSection[] Sections() => File.Exists(_figures) ? JsonSerializer.Deserialize<ScaleSection[]>(File.ReadAllText(_figures), s_json)! : [];

    private int Place(string name) => axes.TakeWhile(axis => axis.Name != name).Count();
}
