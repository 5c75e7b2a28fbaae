using System.Text;
using Godwit.Foundation;

namespace Godwit.Control;

/// <summary><c>show version</c>.</summary>
public sealed class VersionReport(MachineFacts machine) : OperatorReport
{
    /// <summary>The version proper, without the build's revision.</summary>
    public static string Number => ProductVersion.Text;

    /// <summary>The source revision the build was made from, shortened; empty when the build did not know it.</summary>
    public static string Revision { get; } = ProductVersion.Full.Split('+') is [_, { Length: > 0 } revision] ? revision[..Math.Min(7, revision.Length)] : "";

    /// <summary>The group <c>product</c> of every report that names the server.</summary>
    public static ReportGroup Product(MachineFacts machine) => new()
    {
        { "name", "Godwit" },
        { "version", machine.ProductVersion },
        { "buildDate", machine.ProductBuildDate },
        { "revision", machine.ProductRevision },
        { "bits", (long)(IntPtr.Size * 8) },
    };

    public override ReportGroup ToTree() => new() { { "product", Product(machine) } };

    public override void WriteText(StringBuilder text)
    {
        text.Append("Godwit v").Append(machine.ProductVersion).Append(" (");
        text.Append(machine.ProductBuildDate.Length > 0 ? machine.ProductBuildDate + ", " : "").Append(IntPtr.Size * 8).Append("-bit");
        if (machine.ProductRevision.Length > 0)
        {
            text.Append("; ").Append(machine.ProductRevision);
        }

        text.Append(").\n");
    }
}
