// Circles of call-to between <pattern-list> blocks: a message would never get through them.

namespace Godwit.Settings;

/// <summary>Follows <c>call-to</c> from list to list.</summary>
internal sealed class PatternCalls
{
    private readonly ProblemList _problems;
    private readonly ILookup<string, CheckedBlock> _lists;
    private readonly List<string> _open = [];
    private readonly HashSet<string> _done = new(StringComparer.OrdinalIgnoreCase);

    private PatternCalls(CheckedBlock root, ProblemList problems)
    {
        _problems = problems;
        _lists = root.BlocksOf(BlockKind.PatternList).Where(b => b.Argument.Length > 0).ToLookup(b => b.Argument, StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>Reports every circle once, at the call that closes it.</summary>
    public static void Check(CheckedBlock root, ProblemList problems)
    {
        var calls = new PatternCalls(root, problems);
        foreach (IGrouping<string, CheckedBlock> list in calls._lists)
        {
            calls.Follow(list.Key);
        }
    }

    private void Follow(string name)
    {
        if (_open.Count >= ConfigTreeReader.MaxDepth * ConfigTreeReader.MaxDepth || !_done.Add(name))
        {
            return;
        }

        _open.Add(name);
        foreach (CheckedBlock list in _lists[name])
        {
            FollowLines(list);
        }

        _open.RemoveAt(_open.Count - 1);
    }

    private void FollowLines(CheckedBlock list)
    {
        foreach (CheckedDirective line in list.Directives)
        {
            if (line.Value is not PatternRule { Result.CallTo: { Length: > 0 } called })
            {
                continue;
            }

            int start = _open.FindIndex(open => open.Equals(called, StringComparison.OrdinalIgnoreCase));
            if (start >= 0)
            {
                _problems.Error(line.ValueAt, $"call-to goes in a circle: {string.Join(" -> ", _open.Skip(start).Append(called))}");
            }
            else
            {
                Follow(called);
            }
        }

        foreach (CheckedBlock inner in list.BlocksOf(BlockKind.PatternList))
        {
            FollowLines(inner);
        }
    }
}
