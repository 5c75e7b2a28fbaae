// The status page as a person reads it: PowerMTA's tables in PowerMTA's order, with the outcomes of recipients added.

using System.Text;
using Godwit.Export;

namespace Godwit.Control;

public sealed partial class StatusReport
{
    public override void WriteText(StringBuilder text)
    {
        text.Append($"Godwit v{Machine.ProductVersion} status on {HostName} on {ReportNumbers.Time(Now)}\n\n");
        WriteTraffic(text);
        WriteOutcomes(text);
        WriteStock(text);
        WriteProcess(text);
    }

    private void WriteTraffic(StringBuilder text)
    {
        text.Append("Traffic      ------------inbound-------------  ------------outbound------------\n");
        text.Append("                 rcpts       msgs     kbytes       rcpts       msgs     kbytes\n");
        Row("Total", counts => counts.Total);
        Row("Last Hour", counts => counts.LastHour);
        Row("Top/Hour", counts => counts.TopHour);
        Row("Last Min.", counts => counts.LastMinute);
        Row("Top/Min.", counts => counts.TopMinute);
        text.Append('\n');

        void Row(string name, Func<PeriodCounts, long> of)
        {
            text.Append($"{name,-11}{of(Inbound.Recipients),11}{of(Inbound.Messages),11}{ReportNumbers.KbytesText(of(Inbound.Bytes)),11}");
            text.Append($"{of(Outbound.Recipients),12}{of(Outbound.Messages),11}{ReportNumbers.KbytesText(of(Outbound.Bytes)),11}\n");
        }
    }

    private void WriteOutcomes(StringBuilder text)
    {
        text.Append("Outcomes     delivered   deferred    bounced\n");
        Row("Total", counts => counts.Total);
        Row("Last Hour", counts => counts.LastHour);
        Row("Last Min.", counts => counts.LastMinute);
        text.Append('\n');
        if (Unsigned.Total > 0)
        {
            text.Append($"{Unsigned.Total} message(s) went out unsigned although dkim-sign is yes, {Unsigned.LastHour} in the last hour: ");
            text.Append("no domain-key was for them.\n\n");
        }

        void Row(string name, Func<PeriodCounts, long> of) =>
            text.Append($"{name,-11}{of(Outbound.Recipients),11}{of(Deferred),11}{of(Bounced),11}\n");
    }

    private void WriteStock(StringBuilder text)
    {
        text.Append("Connections     active        top    maximum    Domain Names     cached    pending\n");
        text.Append($"Inbound    {ConnectionsIn.Active,11}{ConnectionsIn.Top,11}{ConnectionsIn.Maximum,11}");
        text.Append($"                {Resolver.NamesCached,11}{Resolver.QueriesPending,11}\n");
        text.Append($"Outbound   {ConnectionsOut.Active,11}{ConnectionsOut.Top,11}{ConnectionsOut.Maximum,11}\n\n");
        text.Append("Queues           rcpts    domains     kbytes    Spool Files      in use   recycled\n");
        text.Append($"SMTP/other {Queues.Recipients,11}{Queues.Queues,11}{ReportNumbers.KbytesText(Queues.Bytes),11}");
        text.Append($"                {Spool.FilesInUse,11}{Spool.FilesRecycled,11}\n");
        text.Append($"{"",47} Init. complete{Spool.InitPercent,9}%\n\n");
    }

    private void WriteProcess(StringBuilder text)
    {
        TimeSpan up = Now - Started;
        text.Append($"Status      {(ShuttingDown ? "stopping" : "running")}\n");
        if (NotReady is not null)
        {
            text.Append($"Not ready   {NotReady}\n");
        }

        text.Append($"Started     {ReportNumbers.Time(Started)}\n");
        text.Append($"Uptime      {up.Days}  {up.Hours}:{up.Minutes:00}:{up.Seconds:00}\n");
        foreach (string path in AccountingFiles)
        {
            text.Append($"Accounting  {path}\n");
        }

        foreach (ExportTrouble trouble in ExportTroubles)
        {
            text.Append($"Held        {trouble.Name} since {ReportNumbers.Time(trouble.Since)}: {trouble.Text}\n");
        }

        text.Append($"Config      version {ConfigVersion}, loaded {ReportNumbers.Time(ConfigLoaded)}, {ConfigFile}\n");
    }
}
