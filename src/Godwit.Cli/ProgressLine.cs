namespace Godwit.Cli;

/// <summary>Says how far a long command is: on a terminal one line written over and over, elsewhere a line now and then, so that a log stays short.</summary>
internal sealed class ProgressLine(Screen screen, string title)
{
    /// <summary>Between two looks: quick enough to seem alive.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Between two lines of a log.</summary>
    private static readonly TimeSpan _logPause = TimeSpan.FromSeconds(2);

    private long _shown = TimeProvider.System.GetTimestamp();
    private int _width;

    public void Show(string state)
    {
        string line = $"{title}: {state}";
        if (screen.IsTerminal)
        {
            screen.Out.Write('\r' + line.PadRight(_width));
            screen.Out.Flush();
            _width = line.Length;
        }
        else if (TimeProvider.System.GetElapsedTime(_shown) >= _logPause)
        {
            screen.Out.WriteLine(line);
            _shown = TimeProvider.System.GetTimestamp();
        }
    }

    /// <summary>Makes room for what is said at the end.</summary>
    public void Clear()
    {
        if (screen.IsTerminal && _width > 0)
        {
            screen.Out.Write('\r' + new string(' ', _width) + '\r');
            _width = 0;
        }
    }
}
