// Strangers' text on its way into log lines, replies and header fields: printable ASCII, cut. Static.

namespace Godwit.Verification;

/// <summary>Makes text harmless.</summary>
internal static class PlainText
{
    /// <summary>The text with a question mark for everything that is not printable ASCII.</summary>
    /// <param name="limit">Characters that are kept.</param>
    public static string Of(string text, int limit)
    {
        if (text.Length <= limit && !text.AsSpan().ContainsAnyExceptInRange(' ', '~'))
        {
            return text;
        }

        return string.Create(Math.Min(text.Length, limit), text, static (shown, from) =>
        {
            for (int i = 0; i < shown.Length; i++)
            {
                shown[i] = from[i] is >= ' ' and <= '~' ? from[i] : '?';
            }
        });
    }
}
