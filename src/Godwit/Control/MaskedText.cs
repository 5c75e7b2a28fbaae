// A text of the configuration for those who may not see its secrets, and how such a text is known again. Pure.

using Godwit.Settings;

namespace Godwit.Control;

/// <summary>Texts with masks in the place of secrets.</summary>
internal static class MaskedText
{
    public static string Of(string text)
    {
        string[] lines = text.Split('\n');
        bool hidden = false;
        for (int i = 0; i < lines.Length; i++)
        {
            string[] words = lines[i].Trim().Split((char[]?)null, 2, StringSplitOptions.RemoveEmptyEntries);
            bool hidesNext = words.Length > 0 && SecretText.HidesNext(words[0], words.Length > 1 ? words[1] : "");
            lines[i] = hidden && words.Length > 0 ? SecretValue.Mask : SecretText.Line(lines[i]);
            hidden = hidesNext;
        }

        return string.Join('\n', lines);
    }

    /// <summary>
    /// The number of the first line that holds a mask and does not stand like that in the old text: written, it would be taken for the secret itself. Null
    /// when there is none. A row of more asterisks is a decoration.
    /// </summary>
    public static int? FirstNewMask(string text, string old)
    {
        if (!text.Contains(SecretValue.Mask, StringComparison.Ordinal))
        {
            return null;
        }

        HashSet<string> before = [.. old.Split('\n').Select(static line => line.Trim())];
        string[] lines = text.Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            if (HoldsMask(lines[i]) && !before.Contains(lines[i].Trim()))
            {
                return i + 1;
            }
        }

        return null;
    }

    private static bool HoldsMask(string line)
    {
        for (int at = 0; (at = line.IndexOf(SecretValue.Mask, at, StringComparison.Ordinal)) >= 0;)
        {
            int start = at;
            while (at < line.Length && line[at] == '*')
            {
                at++;
            }

            if (at - start == SecretValue.Mask.Length)
            {
                return true;
            }
        }

        return false;
    }
}
