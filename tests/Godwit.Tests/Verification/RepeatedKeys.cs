// A published suite gives several of its tests the same name, which YAML forbids and other readers let pass, each keeping only the last. Here the second of
// a name is called "name (2)" and runs too.

using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using Key = YamlDotNet.Core.Events.Scalar;

namespace Godwit.Tests.Verification;

/// <summary>A parser whose mappings never repeat a key.</summary>
internal sealed class RepeatedKeys(IParser parser) : IParser
{
    /// <summary>The collections that are open, the innermost last: the keys of a mapping so far, null for a sequence; and whether a key is next.</summary>
    private readonly Stack<(HashSet<string>? Keys, bool IsKeyNext)> _open = new();

    public ParsingEvent? Current { get; private set; }

    public bool MoveNext()
    {
        bool moved = parser.MoveNext();
        Current = parser.Current;
        if (!moved)
        {
            return false;
        }

        switch (Current)
        {
            case MappingStart:
                Pass();
                _open.Push(([], true));
                break;
            case SequenceStart:
                Pass();
                _open.Push((null, false));
                break;
            case MappingEnd or SequenceEnd:
                _open.Pop();
                break;
            case Key { Anchor.IsEmpty: true } scalar when _open.TryPeek(out (HashSet<string>? Keys, bool IsKeyNext) inner) && inner.IsKeyNext:
                Current = Named(scalar, inner.Keys!);
                Pass();
                break;
            case NodeEvent:
                Pass();
                break;
        }

        return true;
    }

    private static Key Named(Key key, HashSet<string> keys)
    {
        string name = key.Value;
        for (int time = 2; !keys.Add(name); time++)
        {
            name = $"{key.Value} ({time})";
        }

        return name == key.Value ? key : new Key(key.Anchor, key.Tag, name, key.Style, key.IsPlainImplicit, key.IsQuotedImplicit);
    }

    /// <summary>After a key comes its value, after a value the next key.</summary>
    private void Pass()
    {
        if (_open.TryPop(out (HashSet<string>? Keys, bool IsKeyNext) inner))
        {
            _open.Push((inner.Keys, inner.Keys is not null && !inner.IsKeyNext));
        }
    }
}
