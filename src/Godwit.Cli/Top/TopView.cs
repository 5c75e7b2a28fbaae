// Draws the live view into lines of text for a terminal of a given size. Nothing else: the same model gives the same lines.

using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Godwit.Cli.Top;

internal static class TopView
{
    /// <summary>Lines around the list: two of numbers, one of headers, one of the last answer, one of keys, and one that stays free for the cursor.</summary>
    public const int LinesAround = 6;

    /// <summary>The date of a time, and the blank behind it.</summary>
    private const int DateWidth = 11;

    /// <summary>Lines that the numbers, what is wrong and the last answer may have each.</summary>
    private const int MostLines = 3;

    /// <summary>A terminal of fewer lines keeps them for the list.</summary>
    private const int LeastForMore = 12;

    /// <summary>Of recipients, connections, state and next try.</summary>
    private const int FixedColumns = 30;

    private const int ChangeColumns = 9;

    private const int KbytesColumns = 11;

    /// <summary>Less of a reason says nothing.</summary>
    private const int LeastForWhy = 24;

    private static readonly string[] _help =
    [
        "↑ ↓ j k, Page Up, Page Down   choose a queue, or scroll",
        "Enter                         why the queue waits",
        "Esc                           back to the list",
        "p  r                          pause, resume the queue",
        "b  n                          backoff mode, normal mode",
        "s                             try now what waits for its time, recipients too",
        "/                             show only queues with this in their name; a star stands for anything",
        "o                             order by recipients, size, name",
        "space                         hold the picture, let it go",
        "q                             quit",
    ];

    /// <summary>The whole screen: <paramref name="lines"/> lines at most, none wider than <paramref name="columns"/>.</summary>
    public static string Draw(TopModel model, TimeSpan pause, int columns, int lines, bool colours)
    {
        var text = new StringWriter(CultureInfo.InvariantCulture);
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = colours ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = colours ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(text),
        });
        console.Profile.Width = columns;
        console.Profile.Height = lines;
        console.Profile.Capabilities.Unicode = true;
        foreach (IRenderable part in Parts(model, pause, columns, lines))
        {
            console.Write(part);
        }

        return text.ToString().TrimEnd('\n');
    }

    private static IEnumerable<IRenderable> Parts(TopModel model, TimeSpan pause, int columns, int lines)
    {
        TopStatus status = model.Snapshot.Status;
        int most = lines < LeastForMore ? 1 : MostLines;
        List<string> numbers = model.Snapshot.Trouble.Length > 0 ? [] : TopLines.Flow(Numbers(status), columns, most);
        List<string> trouble = model.Snapshot.Trouble.Length > 0 ? TopLines.Fold(model.Snapshot.Trouble, columns, most) : [];
        List<string> said = TopLines.Fold(model.Typing is { } typing ? $"filter: {typing}_   Enter takes it, Esc does not" : model.Message, columns, most);
        yield return Line($"Godwit {status.Host}  {status.State}  every {pause.TotalSeconds:0.#} s{(model.Frozen ? "  HELD" : "")}", columns, "bold");
        foreach (string line in numbers)
        {
            yield return Line(line, columns, "default");
        }

        foreach (string line in trouble)
        {
            yield return Line(line, columns, "red");
        }

        int room = lines - LinesAround - (numbers.Count - 1) - trouble.Count - (said.Count - 1);
        yield return model.ShowsKeys ? Page(string.Join('\n', _help), 0, columns, room + 1)
            : model.Page is { } page ? Page(page, model.PageTop, columns, room + 1)
            : List(model, columns, room);
        foreach (string line in said)
        {
            yield return Line(line, columns, "yellow");
        }

        yield return Line(model.Page is null && !model.ShowsKeys ? TopLines.Keys(columns) : "↑↓ scroll  Esc back  q quit", columns, "grey");
    }

    private static IEnumerable<string> Numbers(TopStatus status) =>
    [
        $"in {Rate(status.AcceptedRate)}",
        $"delivered {Rate(status.DeliveredRate)}",
        $"deferred {Rate(status.DeferredRate)}",
        $"bounced {Rate(status.BouncedRate)} rcpts/s",
        $" waiting {status.QueuedRecipients:N0} in {status.Queues:N0} queues",
        $" connections {status.ConnectionsIn:N0} in, {status.ConnectionsOut:N0} out",
    ];

    private static Text Line(string text, int columns, string style) => new(TerminalTable.Fit(text, columns) + "\n", Style.Parse(style));

    private static Text Page(string text, int top, int columns, int room)
    {
        List<string> lines = TopModel.Wrapped(text, columns);
        return new Text(string.Join('\n', Filled([.. lines.Skip(top).Take(room)], room)) + "\n");
    }

    /// <summary>So that what stands below stays where it is.</summary>
    private static IEnumerable<string> Filled(IReadOnlyList<string> lines, int room) => lines.Concat(Enumerable.Repeat("", Math.Max(0, room - lines.Count)));

    private static Rows List(TopModel model, int columns, int room)
    {
        IReadOnlyList<TopQueue> queues = model.Snapshot.Queues;
        room = Math.Max(room, 0);
        int first = Math.Clamp(model.Selected - room / 2, 0, Math.Max(0, queues.Count - room));
        int name = Math.Clamp(queues.Skip(first).Take(room).Select(queue => queue.Name.Length).DefaultIfEmpty(0).Max(), 20, Math.Max(20, columns / 3));
        // Why a queue waits is what a person looks for: on a narrow terminal two numbers make room for it.
        bool hasChange = columns - name - FixedColumns - ChangeColumns >= LeastForWhy;
        bool hasKbytes = columns - name - FixedColumns - ChangeColumns - KbytesColumns >= LeastForWhy;
        string title = $"queue ({model.Sort}{(model.Filter.Length > 0 ? ", " + model.Filter : "")})".PadRight(name);
        var rows = new List<IRenderable>
        {
            new Text(TerminalTable.Fit($"{title}{"rcpts",10}{(hasChange ? $"{"change",ChangeColumns}" : "")}{(hasKbytes ? $"{"kbytes",KbytesColumns}" : "")}"
                + $"{"conn",6} st  {"next try",-9}last error, or why it waits", columns), Style.Parse("bold underline")),
        };
        for (int i = first; i < Math.Min(queues.Count, first + room); i++)
        {
            rows.Add(new Text(TerminalTable.Fit(Row(queues[i], name, hasChange, hasKbytes), columns), Style.Parse(StyleOf(queues[i], i == model.Selected))));
        }

        if (queues.Count == 0 && model.Snapshot.Trouble.Length == 0)
        {
            rows.Add(new Text(model.Filter.Length > 0 ? $"No queue matches {model.Pattern}." : "No queue has mail."));
        }

        rows.AddRange(Enumerable.Repeat(new Text(" "), Math.Max(0, room + 1 - rows.Count)));

        return new Rows(rows);
    }

    private static string Row(TopQueue queue, int name, bool hasChange, bool hasKbytes) =>
        TerminalTable.Fit(queue.Name, name).PadRight(name)
        + $"{queue.Recipients,10:N0}{(hasChange ? $"{Change(queue.Change),ChangeColumns}" : "")}{(hasKbytes ? $"{queue.Kbytes,KbytesColumns:N0}" : "")}"
        + $"{queue.Connections,6}"
        + $" {(queue.Paused ? "P" : queue.Backoff ? "B" : ""),-4}{TimeOfDay(queue.Retry),-9}{queue.Why.Replace('\n', ' ')}";

    private static string TimeOfDay(string time) => time.Length > DateWidth ? time[DateWidth..] : time;

    private static string StyleOf(TopQueue queue, bool chosen) =>
        (chosen ? "invert " : "") + (queue.Paused ? "yellow" : queue.Backoff ? "red" : "default");

    private static string Change(long? change) => change switch { null or 0 => "", > 0 => $"+{change:N0}", _ => $"{change:N0}" };

    private static string Rate(double? rate) => rate is { } known ? known.ToString(known < 10 ? "0.0" : "N0", CultureInfo.InvariantCulture) : "-";
}
