using System.Text;
using Godwit.Queues;

namespace Godwit.Control;

/// <summary><c>show jobs</c>: jobs that have mail or are paused, at most as many as were asked for.</summary>
/// <param name="total">How many there are, shown or not.</param>
internal sealed class JobListReport(IReadOnlyList<JobReport> shown, int total) : OperatorReport
{
    public override bool IsEmptyList => total == 0;

    public override ReportGroup ToTree() => new()
    {
        { "job", new ReportList([.. shown.Select(Describe)]) },
        { "total", (long)total },
    };

    public override void WriteText(StringBuilder text)
    {
        int width = Math.Max(24, shown.Select(job => job.Job.Length).DefaultIfEmpty(0).Max());
        text.Append("job-id".PadLeft(width, '-')).Append(" ----#rcpt ----kbytes st\n");
        foreach (JobReport job in shown)
        {
            text.Append($"{job.Job.PadLeft(width)} {job.Recipients,9} {ReportNumbers.KbytesText(job.Bytes),10}{(job.IsPaused ? " P" : "")}\n");
        }

        text.Append($"Total of {total} job(s).\n");
    }

    private static ReportGroup Describe(JobReport job) => new()
    {
        { "jobId", job.Job },
        { "rcp", job.Recipients },
        { "kb", ReportNumbers.Kbytes(job.Bytes) },
        { "paused", job.IsPaused },
    };
}
