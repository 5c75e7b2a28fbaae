// A text with variables, taken apart once: what stands as it is, and what is put in for each message. Immutable.

namespace Godwit.Settings;

/// <summary>A piece of a <see cref="MacroText"/>.</summary>
/// <param name="Text">The text itself, or the variable's name in lower case without the <c>$</c>.</param>
public readonly record struct MacroPiece(string Text, bool IsVariable);

/// <summary>A text in pieces.</summary>
public sealed record MacroText(IReadOnlyList<MacroPiece> Pieces)
{
    /// <summary>Whether it is the same for every message.</summary>
    public bool IsConstant => !Pieces.Any(static piece => piece.IsVariable);

    /// <summary>What stands before the first variable.</summary>
    public string Head => Pieces is [{ IsVariable: false } first, ..] ? first.Text : "";

    /// <summary>A path as <c>file-destination</c> has it: a backslash before a <c>$</c> takes its meaning away and is not part of the path.</summary>
    public static MacroText OfPath(string text)
    {
        var pieces = new MacroPieces();
        for (int at = 0; at < text.Length;)
        {
            if (text[at] == '\\' && at + 1 < text.Length && text[at + 1] == '$')
            {
                pieces.Add('$');
                at += 2;
            }
            else
            {
                at = pieces.AddAt(text, at);
            }
        }

        return pieces.Take();
    }
}
