// One entry of queue-filter: which queues' records a file gets. Immutable.

using Godwit.Mail;

namespace Godwit.Settings;

/// <summary><c>domain/vmta</c>, with <c>*</c> for any of either; <c>!</c> before it leaves these queues out.</summary>
/// <param name="Domain">null for any.</param>
/// <param name="VirtualMta">null for any.</param>
public sealed record QueueFilterEntry(DomainName? Domain, string? VirtualMta, bool IsExcluded)
{
    private static readonly ValueForm<QueueFilterEntry> _one = new("domain/vmta", TryRead);

    /// <summary>The directive's whole value.</summary>
    internal static ValueForm<IReadOnlyList<QueueFilterEntry>> List { get; } = Cautious(ValueParsers.ListOf("queues such as a.example/vmta1, !*/vmta2", _one));

    public override string ToString() => $"{(IsExcluded ? "!" : "")}{Domain?.Text ?? "*"}/{VirtualMta ?? "*"}";

    private static bool TryRead(string text, ValueReading reading, out QueueFilterEntry value)
    {
        value = null!;
        bool excluded = text is ['!', ..];
        string queue = excluded ? text[1..].TrimStart() : text;
        int slash = queue.LastIndexOf('/');
        string domain = slash < 0 ? "" : queue[..slash];
        string virtualMta = queue[(slash + 1)..];
        DomainName name = default;
        if (virtualMta.Length == 0 || virtualMta.Any(char.IsWhiteSpace) || (domain != "*" && !DomainName.TryParse(domain, out name)))
        {
            return reading.Fail($"{ValueParsers.Show(text)} is not a queue such as a.example/vmta1, */vmta1 or a.example/*");
        }

        value = new QueueFilterEntry(domain == "*" ? null : name, virtualMta == "*" ? null : virtualMta, excluded);
        return true;
    }

    private static ValueForm<IReadOnlyList<QueueFilterEntry>> Cautious(ValueForm<IReadOnlyList<QueueFilterEntry>> list) => new(
        list.Shape,
        (text, reading, out value) =>
        {
            bool fine = list.TryReadPart(new ValueWord(text, 0, text), reading, out value);
            if (fine && value.All(entry => entry.IsExcluded))
            {
                reading.Caution = "only what is left out is named, so no record is wanted; add */* before it";
            }

            return fine;
        },
        list.Print) { Quotes = list.Quotes };
}
