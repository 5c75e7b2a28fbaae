// Which passwords every client writes with the same octets. SASLprep (RFC 4013) has clients of SCRAM bring a password into one form before it is hashed; that
// needs Unicode's tables of normal forms, which the runtime does not have here (invariant globalization). So nothing is brought into another form: letters
// that SASLprep leaves as they are work everywhere, and of others the operator is told. The command line has this file too.

#if COMMAND_LINE
namespace Godwit.Cli;
#else
namespace Godwit.Settings;
#endif

/// <summary>Knows the letters that SASLprep leaves alone. No state.</summary>
public static class PasswordLetters
{
    /// <summary>What is said of others, behind a colon.</summary>
    public const string Ambiguity = "it has letters that clients may write in more than one way (SASLprep, RFC 4013) and that SCRAM-SHA-256 compares as they "
        + "were written, so some clients may be refused; ASCII does without, as do the letters of most languages in their single-character form";

    /// <summary>
    /// First and last of each run: Latin, Greek, Cyrillic, kana, kanji and Hangul. Each is its own normal form (NFKC), none joins with its neighbour, none is
    /// prohibited, and none is written from right to left.
    /// </summary>
    private static readonly (char First, char Last)[] _runs =
    [
        ('\u00a1', '\u00a7'), ('\u00a9', '\u00a9'), ('\u00ab', '\u00ac'), ('\u00ae', '\u00ae'), ('\u00b0', '\u00b1'), ('\u00b6', '\u00b7'),
        ('\u00bb', '\u00bb'), ('\u00bf', '\u0131'), ('\u0134', '\u013e'), ('\u0141', '\u0148'), ('\u014a', '\u017e'), ('\u0386', '\u0386'),
        ('\u0388', '\u038a'), ('\u038c', '\u038c'), ('\u038e', '\u03a1'), ('\u03a3', '\u03ce'), ('\u0400', '\u045f'), ('\u0490', '\u0491'),
        ('\u3041', '\u3096'), ('\u309d', '\u309e'), ('\u30a1', '\u30fa'), ('\u30fc', '\u30fe'), ('\u4e00', '\u9fa5'), ('\uac00', '\ud7a3'),
    ];

    /// <summary>Whether SASLprep leaves every character as it is.</summary>
    public static bool AreUnambiguous(string password)
    {
        foreach (char c in password)
        {
            if (c is not (>= ' ' and <= '~') && !IsInRun(c))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsInRun(char c)
    {
        foreach ((char first, char last) in _runs)
        {
            if (c >= first && c <= last)
            {
                return true;
            }
        }

        return false;
    }
}
