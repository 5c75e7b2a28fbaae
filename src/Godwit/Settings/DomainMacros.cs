// domain-macro: names for lists of domains, put into patterns. Owned by one load.
// A macro may use macros; a loop, an unknown name or an absurd number of results is an error at the place that causes it.

namespace Godwit.Settings;

/// <summary>Expands <c>$name</c>. Names compare ignoring case; the longest run of letters, digits and _ is the name.</summary>
internal sealed class DomainMacros(ProblemList problems)
{
    /// <summary>Results of one pattern: far more than any list of domains, and an end for macros that multiply.</summary>
    public const int MaxResults = 100_000;

    private readonly Dictionary<string, (MacroValue Macro, ConfigPosition At)> _defined = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, IReadOnlyList<string>?> _expanded = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<string> _open = [];

    /// <summary>Every macro of a configuration.</summary>
    public static DomainMacros Of(CheckedBlock root, ProblemList problems)
    {
        var macros = new DomainMacros(problems);
        foreach (CheckedDirective line in root.All("domain-macro"))
        {
            if (line.Value is MacroValue macro)
            {
                macros.Define(macro, line.ValueAt);
            }
        }

        return macros;
    }

    /// <summary>Defines a macro; a later definition of the same name wins.</summary>
    private void Define(MacroValue macro, ConfigPosition at) => _defined[macro.Name] = (macro, at);

    /// <summary>Expands every macro once, so that a loop is found even where nothing uses it.</summary>
    public void CheckAll()
    {
        foreach ((string name, (MacroValue _, ConfigPosition at)) in _defined)
        {
            ExpandMacro(name, at);
        }
    }

    /// <summary>The texts a pattern stands for: itself without a macro, none after an error, which is reported.</summary>
    public IReadOnlyList<string> Expand(string text, ConfigPosition at)
    {
        int dollar = text.IndexOf('$', StringComparison.Ordinal);
        if (dollar < 0)
        {
            return [text];
        }

        int end = dollar + 1;
        while (end < text.Length && (char.IsAsciiLetterOrDigit(text[end]) || text[end] == '_'))
        {
            end++;
        }

        IReadOnlyList<string>? items = ExpandMacro(text[(dollar + 1)..end], at);
        if (items is null)
        {
            return [];
        }

        IReadOnlyList<string> tails = Expand(text[end..], at);
        if ((long)items.Count * tails.Count > MaxResults)
        {
            problems.Error(at, $"{ValueParsers.Show(text)} stands for more than {MaxResults} domains");
            return [];
        }

        string head = text[..dollar];
        return [.. from item in items from tail in tails select head + item + tail];
    }

    private IReadOnlyList<string>? ExpandMacro(string name, ConfigPosition at)
    {
        if (_expanded.TryGetValue(name, out IReadOnlyList<string>? known))
        {
            return known;
        }

        if (!_defined.TryGetValue(name, out (MacroValue Macro, ConfigPosition At) defined))
        {
            problems.Error(at, name.Length == 0
                    ? "a macro's name is missing behind $"
                    : $"the macro ${name} is not defined{Spelling.Hint(name, _defined.Keys)}");
            return null;
        }

        int loop = _open.FindIndex(open => open.Equals(name, StringComparison.OrdinalIgnoreCase));
        if (loop >= 0)
        {
            problems.Error(defined.At, $"the macro uses itself: {string.Join(" -> ", _open.Skip(loop).Append(name).Select(n => "$" + n))}");
            return null;
        }

        _open.Add(name);
        IReadOnlyList<string>? result = ExpandItems(defined.Macro, defined.At);
        _open.RemoveAt(_open.Count - 1);
        _expanded[name] = result;
        return result;
    }

    private List<string>? ExpandItems(MacroValue macro, ConfigPosition at)
    {
        var all = new List<string>();
        bool complete = true;
        foreach (string item in macro.Items)
        {
            IReadOnlyList<string> results = Expand(item, at);
            complete &= results.Count > 0;
            if (all.Count + results.Count > MaxResults)
            {
                problems.Error(at, $"the macro ${macro.Name} stands for more than {MaxResults} domains");
                return null;
            }

            all.AddRange(results);
        }

        return complete ? all : null;
    }
}
