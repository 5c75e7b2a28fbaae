using System.Globalization;
using System.Text;

namespace Godwit.Control;

/// <summary>Files by name, with their sizes and times.</summary>
public sealed class FileListReport(IReadOnlyList<FileInfo> files) : OperatorReport
{
    public override ReportGroup ToTree() => new()
    {
        { "file", new ReportList([.. files.Select(file => new ReportGroup { { "name", file.Name }, { "size", file.Length }, { "time", Time(file) } })]) },
    };

    public override void WriteText(StringBuilder text)
    {
        foreach (FileInfo file in files)
        {
            text.Append(CultureInfo.InvariantCulture, $"{Time(file)} {file.Length,14} {file.Name}\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"{files.Count} file(s).\n");
    }

    private static string Time(FileInfo file) => file.LastWriteTimeUtc.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
}
