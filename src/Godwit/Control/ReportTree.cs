// A report as a small tree of named values: the one shape that every machine format is written from.
// Names are PowerMTA's, because monitoring scripts read them.

using System.Collections;

namespace Godwit.Control;

/// <summary>A value in a report: a text, a number, a yes or no, a group of named values, or a list.</summary>
public abstract record ReportValue
{
    private protected ReportValue()
    {
    }

    public static implicit operator ReportValue(string text) => new ReportText(text);

    public static implicit operator ReportValue(long number) => new ReportNumber(number);

    public static implicit operator ReportValue(decimal number) => new ReportNumber(number);

    public static implicit operator ReportValue(bool flag) => new ReportFlag(flag);
}

public sealed record ReportText(string Value) : ReportValue;

public sealed record ReportNumber(decimal Value) : ReportValue;

public sealed record ReportFlag(bool Value) : ReportValue;

/// <summary>Values under one name, in order: <c>queue[0]</c>, <c>queue[1]</c> and so on.</summary>
public sealed record ReportList(IReadOnlyList<ReportValue> Items) : ReportValue;

/// <summary>Named values in the order they were added.</summary>
public sealed record ReportGroup : ReportValue, IEnumerable<KeyValuePair<string, ReportValue>>
{
    private readonly List<KeyValuePair<string, ReportValue>> _members = [];

    /// <summary>The value under a path such as <c>status.traffic.total</c>; null when there is none.</summary>
    public ReportValue? Find(string path)
    {
        int dot = path.IndexOf('.', StringComparison.Ordinal);
        string name = dot < 0 ? path : path[..dot];
        foreach ((string key, ReportValue value) in _members)
        {
            if (key == name)
            {
                return dot < 0 ? value : (value as ReportGroup)?.Find(path[(dot + 1)..]);
            }
        }

        return null;
    }

    /// <summary>Adds a member; a name is given once.</summary>
    public void Add(string name, ReportValue value)
    {
        if (Find(name) is not null)
        {
            throw new InvalidOperationException($"the report already has a value named {name}");
        }

        _members.Add(new(name, value));
    }

    public IEnumerator<KeyValuePair<string, ReportValue>> GetEnumerator() => _members.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
