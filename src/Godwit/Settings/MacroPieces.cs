// Takes a text with variables apart, from left to right. Owned by one reading.

namespace Godwit.Settings;

/// <summary>Gathers pieces. Not thread safe.</summary>
internal sealed class MacroPieces
{
    private readonly List<MacroPiece> _pieces = [];
    private readonly System.Text.StringBuilder _literal = new();

    public void Add(char literal) => _literal.Append(literal);

    /// <summary>Adds what stands at a place: a variable or one character. Returns the place behind it.</summary>
    public int AddAt(string text, int at)
    {
        int end = at + 1;
        while (text[at] == '$' && end < text.Length && char.IsAsciiLetter(text[end]))
        {
            end++;
        }

        string name = text[(at + 1)..end].ToLowerInvariant();
        if (name.Length == 0 || !MacroVariables.OfDelivery.Contains(name))
        {
            Add(text[at]);
            return at + 1;
        }

        CloseLiteral();
        _pieces.Add(new MacroPiece(name, true));
        return end;
    }

    /// <summary>The text so far; begins a new one.</summary>
    public MacroText Take()
    {
        CloseLiteral();
        var text = new MacroText([.. _pieces]);
        _pieces.Clear();
        return text;
    }

    private void CloseLiteral()
    {
        if (_literal.Length > 0)
        {
            _pieces.Add(new MacroPiece(_literal.ToString(), false));
            _literal.Clear();
        }
    }
}
