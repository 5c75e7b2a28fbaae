// What the value of a directive looks like: one reader, one printer and a word for it. The readers are in ValueParsers.

namespace Godwit.Settings;

/// <summary>The side channel of one reading: where it stands, and what is to be said about the value. Reused by one checker; not thread safe.</summary>
internal sealed class ValueReading(string baseDirectory)
{
    /// <summary>What relative paths are relative to.</summary>
    public string BaseDirectory => baseDirectory;

    public string Fault { get; private set; } = "";

    /// <summary>Where in the text the fault stands.</summary>
    public int FaultOffset { get; private set; }

    /// <summary>Set when the value is taken, but probably not what was meant.</summary>
    public string Caution { get; set; } = "";

    public void Reset()
    {
        Fault = Caution = "";
        FaultOffset = 0;
    }

    /// <summary>Says what is wrong; always false, so that a reader can end with it.</summary>
    public bool Fail(string sentence, int offset = 0)
    {
        Fault = sentence;
        FaultOffset = offset;
        return false;
    }
}

/// <summary>How a form treats double quotes.</summary>
internal enum QuoteUse : byte
{
    /// <summary>Quotes around the whole value are taken off before the reader sees it.</summary>
    Whole,

    /// <summary>The reader sees the value as written: lists with quoted items, regular expressions, commands.</summary>
    Raw,
}

/// <summary>Reads one form. <paramref name="value"/> means nothing when the result is false.</summary>
internal delegate bool ReadValue<T>(string text, ValueReading reading, out T value);

/// <summary>The form of a directive's value.</summary>
/// <param name="shape">For the reference and for "argument missing": <c>yes or no</c>, <c>a time such as 4d12h</c>.</param>
internal abstract class ValueForm(string shape)
{
    public string Shape => shape;

    public abstract Type ClrType { get; }

    public QuoteUse Quotes { get; init; }

    /// <summary>The value is a secret: it is printed as asterisks, and faults say what is wrong without showing it.</summary>
    public bool IsSecret { get; init; }

    /// <summary>Reads a value. False leaves the reason in <paramref name="reading"/>. An explicit <c>""</c> gives null: back to the default.</summary>
    public bool TryRead(string text, ValueReading reading, out object? value)
    {
        value = null;
        reading.Reset();
        if (text == "\"\"")
        {
            return true;
        }

        if (Quotes == QuoteUse.Whole && text is ['"', ..])
        {
            if (!Quoting.TryUnquote(text, out string plain))
            {
                return reading.Fail(Quoting.EndOfQuoted(text) < 0 ? Quoting.NeverClosed : "text behind the closing quote");
            }

            return ReadBoxed(plain, reading, out value) || reading.Fail(reading.Fault, Quoting.RawOffset(text, reading.FaultOffset));
        }

        return ReadBoxed(text, reading, out value);
    }

    public abstract string Print(object value);

    protected abstract bool ReadBoxed(string text, ValueReading reading, out object? value);
}

/// <inheritdoc/>
internal sealed class ValueForm<T>(string shape, ReadValue<T> read, Func<T, string>? print = null) : ValueForm(shape)
    where T : notnull
{
    public override Type ClrType => typeof(T);

    public override string Print(object value) => print is null ? value.ToString() ?? "" : print((T)value);

    /// <summary>Reads a part of a longer value; a fault stands where the part's own fault stands in the whole.</summary>
    public bool TryReadPart(ValueWord word, ValueReading reading, out T value) =>
        word.IsUnclosed ? Refuse(word, reading, out value)
        : read(word.Text, reading, out value) || reading.Fail(reading.Fault, word.Locate(reading.FaultOffset));

    private static bool Refuse(ValueWord word, ValueReading reading, out T value)
    {
        value = default!;
        return reading.Fail(Quoting.NeverClosed, word.Offset);
    }

    protected override bool ReadBoxed(string text, ValueReading reading, out object? value)
    {
        bool fine = read(text, reading, out T typed);
        value = fine ? typed : null;
        return fine;
    }
}
