// What the blocks of one pattern say, one laid over the other: how they set properties, and who they are, so that it can be told afterwards who said what.
// Immutable; owned by the settings it was built for. Compared by reference: two blocks are never the same overlay.

namespace Godwit.Settings;

/// <summary>A block that says something, and the block it stands in (the root for one at global level).</summary>
internal readonly record struct SaidBlock(CheckedBlock Block, CheckedBlock Level);

/// <summary>One block, and what it is laid over.</summary>
internal sealed class SettingOverlay
{
    private readonly SaidBlock _top;
    private readonly SettingOverlay? _under;

    private SettingOverlay(SaidBlock top, SettingOverlay? under)
    {
        (_top, _under) = (top, under);
        IsEmpty = under?.IsEmpty != false && !top.Block.Directives.Exists(SetsSomething);
    }

    /// <summary>Nothing here reaches a property: all that is said is not in effect yet.</summary>
    public bool IsEmpty { get; }

    /// <summary>The block's argument.</summary>
    public string Label => _top.Block.Argument;

    /// <summary>The blocks that were put together here, the later over the earlier; also those that set nothing.</summary>
    public IReadOnlyList<SaidBlock> Said
    {
        get
        {
            if (_under is null)
            {
                return [_top];
            }

            // A loop: a file may have any number of blocks for one pattern.
            var said = new List<SaidBlock>();
            for (SettingOverlay? overlay = this; overlay is not null; overlay = overlay._under)
            {
                said.Add(overlay._top);
            }

            said.Reverse();
            return said;
        }
    }

    public static SettingOverlay Of(CheckedBlock block, CheckedBlock level) => new(new SaidBlock(block, level), null);

    /// <summary>One block more, over what is here.</summary>
    public static SettingOverlay Lay(SettingOverlay? under, CheckedBlock block, CheckedBlock level) => new(new SaidBlock(block, level), under);

    /// <summary>Sets the properties of a fresh object; of several lines of a block the last counts. A null value brings the default back.</summary>
    public void ApplyTo(object target, object defaults)
    {
        foreach (SaidBlock said in Said)
        {
            List<CheckedDirective> lines = said.Block.Directives;
            for (int i = 0; i < lines.Count; i++)
            {
                if (!SetsSomething(lines[i]) || lines[i].Directive.Bound is not { } member)
                {
                    continue;
                }

                if (lines[i].Directive.Append is { } append)
                {
                    member.SetValue(target, append(member.GetValue(target)!, lines[i].Value));
                }
                else if (lines.FindIndex(i + 1, later => later.Directive.Bound == member) < 0)
                {
                    member.SetValue(target, lines[i].Value ?? member.GetValue(defaults));
                }
            }
        }
    }

    /// <summary>Whether a line's value becomes the value of a property.</summary>
    public static bool SetsSomething(CheckedDirective line) => line.Directive is { Bound: not null, Status: DirectiveStatus.InEffect };
}
