// What the live view shows and what was typed: the list, the chosen queue, the filter that is being typed, the page that is open.
// Owned by TopCommand. It changes by keys and by snapshots only, and knows neither a terminal nor a server.

namespace Godwit.Cli.Top;

/// <summary>What a key asks the caller to do.</summary>
internal enum TopWish : byte
{
    Nothing,
    Quit,
    LookAgain,
    Run,
    Explain,
}

internal sealed class TopModel
{
    private static readonly string[] _sorts = ["rcpt", "size", "name"];

    private int _sort;
    private string _chosen = "";

    public TopSnapshot Snapshot { get; private set; } = new(TopStatus.Unknown, [], "");

    public int Selected { get; private set; }

    public string Filter { get; private set; } = "";

    /// <summary>The filter that is being typed; null when none is.</summary>
    public string? Typing { get; private set; }

    /// <summary>How the list is ordered, in the server's word.</summary>
    public string Sort => _sorts[_sort];

    /// <summary>No new look until it is let go.</summary>
    public bool Frozen { get; private set; }

    public bool ShowsKeys { get; private set; }

    /// <summary>What the server says of the chosen queue; null when the list is shown.</summary>
    public string? Page { get; private set; }

    /// <summary>The first line of the page that is shown.</summary>
    public int PageTop { get; private set; }

    /// <summary>What the last command brought.</summary>
    public string Message { get; set; } = "";

    /// <summary>The command that <see cref="TopWish.Run"/> wants.</summary>
    public IReadOnlyList<string> Command { get; private set; } = [];

    public TopQueue? Chosen => Selected < Snapshot.Queues.Count ? Snapshot.Queues[Selected] : null;

    /// <summary>Which queues to ask for: a word that names no queue is looked for anywhere in a domain.</summary>
    public string Pattern => Filter.Length == 0 ? "*/*"
        : Filter.Contains('/', StringComparison.Ordinal) || Filter.Contains('*', StringComparison.Ordinal) ? Filter
        : $"*{Filter}*/*";

    /// <summary>A new look. The chosen queue stays chosen, wherever it has moved to.</summary>
    public void Show(TopSnapshot snapshot)
    {
        Snapshot = snapshot;
        for (int i = 0; i < snapshot.Queues.Count; i++)
        {
            if (snapshot.Queues[i].Name == _chosen)
            {
                Select(i);
                return;
            }
        }

        Select(Selected);
    }

    public void OpenPage(string text) => (Page, PageTop) = (text, 0);

    /// <summary>The page's lines; one that is longer than the terminal goes on below itself, because a reason is read to its end.</summary>
    public static List<string> Wrapped(string page, int columns) =>
        [.. page.Split('\n').SelectMany(line => line.Length == 0 ? [""] : line.Chunk(columns).Select(part => new string(part)))];

    /// <summary>What the key means where the view stands.</summary>
    /// <param name="lines">Lines that the list or the page has on the screen.</param>
    /// <param name="columns">The width of the screen.</param>
    public TopWish Press(ConsoleKeyInfo key, int lines, int columns)
    {
        if (Typing is not null)
        {
            return Type(key);
        }

        if (key.Key == ConsoleKey.Escape || (ShowsKeys && key.KeyChar == '?'))
        {
            (Page, ShowsKeys) = (null, false);
            return TopWish.Nothing;
        }

        int step = key.Key switch
        {
            ConsoleKey.DownArrow => 1,
            ConsoleKey.UpArrow => -1,
            ConsoleKey.PageDown => lines,
            ConsoleKey.PageUp => -lines,
            ConsoleKey.Home => -1_000_000,
            ConsoleKey.End => 1_000_000,
            _ => key.KeyChar switch { 'j' => 1, 'k' => -1, _ => 0 },
        };
        if (step != 0)
        {
            Move(step, lines, columns);
            return TopWish.Nothing;
        }

        return key.Key == ConsoleKey.Enter ? Chosen is null ? TopWish.Nothing : TopWish.Explain : Letter(key.KeyChar);
    }

    private TopWish Letter(char letter)
    {
        switch (letter)
        {
            case 'q':
                return TopWish.Quit;
            case '?':
                ShowsKeys = true;
                return TopWish.Nothing;
            case '/':
                Typing = Filter;
                return TopWish.Nothing;
            case 'o':
                _sort = (_sort + 1) % _sorts.Length;
                return TopWish.LookAgain;
            case ' ':
                Frozen = !Frozen;
                return Frozen ? TopWish.Nothing : TopWish.LookAgain;
            case 'p':
                return Run("pause", "queue");
            case 'r':
                return Run("resume", "queue");
            case 'b':
                return Run("set", "queue", "--mode=backoff");
            case 'n':
                return Run("set", "queue", "--mode=normal");
            case 's':
                return Run("schedule", "--retry-recipients");
            default:
                return TopWish.Nothing;
        }
    }

    private TopWish Run(params string[] verb)
    {
        if (Chosen is not { } queue)
        {
            Message = "No queue is chosen.";
            return TopWish.Nothing;
        }

        Command = [.. verb, queue.Name];
        return TopWish.Run;
    }

    private TopWish Type(ConsoleKeyInfo key)
    {
        switch (key.Key)
        {
            case ConsoleKey.Enter:
                (Filter, Typing) = (Typing!.Trim(), null);
                return TopWish.LookAgain;
            case ConsoleKey.Escape:
                Typing = null;
                return TopWish.Nothing;
            case ConsoleKey.Backspace:
                Typing = Typing!.Length > 0 ? Typing[..^1] : "";
                return TopWish.Nothing;
            default:
                Typing += char.IsControl(key.KeyChar) ? "" : key.KeyChar;
                return TopWish.Nothing;
        }
    }

    private void Move(int step, int lines, int columns)
    {
        if (Page is { } page)
        {
            PageTop = Math.Clamp(PageTop + step, 0, Math.Max(0, Wrapped(page, columns).Count - lines));
            return;
        }

        Select(Selected + step);
    }

    private void Select(int at)
    {
        Selected = Math.Clamp(at, 0, Math.Max(0, Snapshot.Queues.Count - 1));
        _chosen = Chosen?.Name ?? _chosen;
    }
}
