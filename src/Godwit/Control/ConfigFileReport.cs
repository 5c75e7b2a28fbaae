using System.Text;

namespace Godwit.Control;

/// <summary>One file of the configuration, as it stands on the disk.</summary>
/// <param name="content">Secrets are masked for those who may not edit it.</param>
/// <param name="csrfToken">What a form that sends it back has to carry.</param>
public sealed class ConfigFileReport(string name, string content, string csrfToken) : OperatorReport
{
    public string Name => name;

    public string Content => content;

    /// <summary>Of this very text, for a change that is made from it; null where secrets are masked: what is shown then must never be written.</summary>
    public string? Mark { get; init; }

    public override ReportGroup ToTree() => new() { { "filename", name }, { "content", content }, { "CSRFToken", csrfToken } };

    public override void WriteText(StringBuilder text) => text.Append(content);
}
