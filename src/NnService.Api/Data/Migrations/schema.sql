CREATE TABLE IF NOT EXISTS "__EFMigrationsHistory" (
    "MigrationId" TEXT NOT NULL CONSTRAINT "PK___EFMigrationsHistory" PRIMARY KEY,
    "ProductVersion" TEXT NOT NULL
);

BEGIN TRANSACTION;
CREATE TABLE "Datasets" (
    "Number" INTEGER NOT NULL CONSTRAINT "PK_Datasets" PRIMARY KEY AUTOINCREMENT,
    "Name" TEXT NOT NULL,
    "BlobKey" TEXT NOT NULL,
    "Sha256" TEXT NOT NULL,
    "Bytes" INTEGER NOT NULL,
    "Reading" TEXT NOT NULL,
    "Rows" INTEGER NOT NULL,
    "Profile" TEXT NOT NULL,
    "CreatedAt" INTEGER NOT NULL
);

CREATE TABLE "Models" (
    "Number" INTEGER NOT NULL CONSTRAINT "PK_Models" PRIMARY KEY AUTOINCREMENT,
    "Name" TEXT NOT NULL,
    "CreatedAt" INTEGER NOT NULL,
    "LastVersion" INTEGER NOT NULL
);

CREATE TABLE "Networks" (
    "Number" INTEGER NOT NULL CONSTRAINT "PK_Networks" PRIMARY KEY AUTOINCREMENT,
    "Name" TEXT NOT NULL,
    "Description" TEXT NULL,
    "Spec" TEXT NOT NULL,
    "CreatedAt" INTEGER NOT NULL
);

CREATE TABLE "TrainingJobs" (
    "Number" INTEGER NOT NULL CONSTRAINT "PK_TrainingJobs" PRIMARY KEY AUTOINCREMENT,
    "Id" TEXT NOT NULL,
    "State" TEXT NOT NULL,
    "StopReason" TEXT NULL,
    "Attempt" INTEGER NOT NULL,
    "Priority" INTEGER NOT NULL,
    "DatasetName" TEXT NOT NULL,
    "NetworkName" TEXT NULL,
    "InitialModelName" TEXT NULL,
    "ModelName" TEXT NOT NULL,
    "Configuration" TEXT NOT NULL,
    "NetworkSpec" TEXT NOT NULL,
    "Warnings" TEXT NOT NULL,
    "CreatedAt" INTEGER NOT NULL,
    "StartedAt" INTEGER NULL,
    "EndedAt" INTEGER NULL,
    "Requested" TEXT NULL,
    "Deaths" INTEGER NOT NULL,
    "GenerationAtDeath" INTEGER NOT NULL,
    "IsLeft" INTEGER NOT NULL,
    "Epoch" INTEGER NOT NULL,
    "LastPoint" INTEGER NOT NULL,
    "ShareDone" REAL NOT NULL,
    "EtaSeconds" REAL NULL,
    "Epochs" INTEGER NOT NULL,
    "TrainLoss" REAL NULL,
    "ValidationLoss" REAL NULL,
    "SamplesPerSecond" REAL NULL,
    "ModelVersion" INTEGER NULL,
    "Metrics" TEXT NULL,
    "Error" TEXT NULL
);

CREATE TABLE "ModelVersions" (
    "Number" INTEGER NOT NULL CONSTRAINT "PK_ModelVersions" PRIMARY KEY AUTOINCREMENT,
    "ModelNumber" INTEGER NOT NULL,
    "Version" INTEGER NOT NULL,
    "Description" TEXT NOT NULL,
    "Parameters" BLOB NOT NULL,
    "Sha256" TEXT NOT NULL,
    "CheckSha256" TEXT NOT NULL,
    "Metrics" TEXT NULL,
    "Lineage" TEXT NOT NULL,
    "CreatedAt" INTEGER NOT NULL,
    CONSTRAINT "FK_ModelVersions_Models_ModelNumber" FOREIGN KEY ("ModelNumber") REFERENCES "Models" ("Number") ON DELETE CASCADE
);

CREATE TABLE "HistoryBlocks" (
    "JobNumber" INTEGER NOT NULL,
    "Index" INTEGER NOT NULL,
    "Count" INTEGER NOT NULL,
    "Points" BLOB NOT NULL,
    CONSTRAINT "PK_HistoryBlocks" PRIMARY KEY ("JobNumber", "Index"),
    CONSTRAINT "FK_HistoryBlocks_TrainingJobs_JobNumber" FOREIGN KEY ("JobNumber") REFERENCES "TrainingJobs" ("Number") ON DELETE CASCADE
);

CREATE TABLE "IdempotencyKeys" (
    "Key" TEXT NOT NULL CONSTRAINT "PK_IdempotencyKeys" PRIMARY KEY,
    "RequestSha256" TEXT NOT NULL,
    "JobNumber" INTEGER NOT NULL,
    "CreatedAt" INTEGER NOT NULL,
    CONSTRAINT "FK_IdempotencyKeys_TrainingJobs_JobNumber" FOREIGN KEY ("JobNumber") REFERENCES "TrainingJobs" ("Number") ON DELETE CASCADE
);

CREATE TABLE "JobTransitions" (
    "Number" INTEGER NOT NULL CONSTRAINT "PK_JobTransitions" PRIMARY KEY AUTOINCREMENT,
    "JobNumber" INTEGER NOT NULL,
    "State" TEXT NOT NULL,
    "At" INTEGER NOT NULL,
    "Reason" TEXT NOT NULL,
    "AfterPoint" INTEGER NOT NULL,
    CONSTRAINT "FK_JobTransitions_TrainingJobs_JobNumber" FOREIGN KEY ("JobNumber") REFERENCES "TrainingJobs" ("Number") ON DELETE CASCADE
);

CREATE TABLE "ModelAliases" (
    "Number" INTEGER NOT NULL CONSTRAINT "PK_ModelAliases" PRIMARY KEY AUTOINCREMENT,
    "ModelNumber" INTEGER NOT NULL,
    "Name" TEXT NOT NULL,
    "VersionNumber" INTEGER NOT NULL,
    CONSTRAINT "FK_ModelAliases_ModelVersions_VersionNumber" FOREIGN KEY ("VersionNumber") REFERENCES "ModelVersions" ("Number"),
    CONSTRAINT "FK_ModelAliases_Models_ModelNumber" FOREIGN KEY ("ModelNumber") REFERENCES "Models" ("Number") ON DELETE CASCADE
);

CREATE UNIQUE INDEX "IX_Datasets_Name" ON "Datasets" ("Name");

CREATE INDEX "IX_IdempotencyKeys_CreatedAt" ON "IdempotencyKeys" ("CreatedAt");

CREATE INDEX "IX_IdempotencyKeys_JobNumber" ON "IdempotencyKeys" ("JobNumber");

CREATE INDEX "IX_JobTransitions_JobNumber" ON "JobTransitions" ("JobNumber");

CREATE UNIQUE INDEX "IX_ModelAliases_ModelNumber_Name" ON "ModelAliases" ("ModelNumber", "Name");

CREATE INDEX "IX_ModelAliases_VersionNumber" ON "ModelAliases" ("VersionNumber");

CREATE UNIQUE INDEX "IX_ModelVersions_ModelNumber_Version" ON "ModelVersions" ("ModelNumber", "Version");

CREATE UNIQUE INDEX "IX_Models_Name" ON "Models" ("Name");

CREATE UNIQUE INDEX "IX_Networks_Name" ON "Networks" ("Name");

CREATE INDEX "IX_TrainingJobs_DatasetName" ON "TrainingJobs" ("DatasetName");

CREATE UNIQUE INDEX "IX_TrainingJobs_Id" ON "TrainingJobs" ("Id");

CREATE INDEX "IX_TrainingJobs_ModelName" ON "TrainingJobs" ("ModelName");

CREATE INDEX "IX_TrainingJobs_NetworkName" ON "TrainingJobs" ("NetworkName");

CREATE INDEX "IX_TrainingJobs_State" ON "TrainingJobs" ("State");

CREATE INDEX "IX_TrainingJobs_State_Priority_Number" ON "TrainingJobs" ("State", "Priority", "Number");

INSERT INTO "__EFMigrationsHistory" ("MigrationId", "ProductVersion")
VALUES ('20261122173601_Initial', '10.0.15');

COMMIT;

BEGIN TRANSACTION;
ALTER TABLE "TrainingJobs" ADD "BestEpoch" INTEGER NULL;

INSERT INTO "__EFMigrationsHistory" ("MigrationId", "ProductVersion")
VALUES ('20261127231500_BestEpoch', '10.0.15');

COMMIT;

BEGIN TRANSACTION;
CREATE TABLE "ApiKeys" (
    "Number" INTEGER NOT NULL CONSTRAINT "PK_ApiKeys" PRIMARY KEY AUTOINCREMENT,
    "Id" TEXT NOT NULL,
    "Name" TEXT NOT NULL,
    "Scopes" TEXT NOT NULL,
    "Sha256" TEXT NOT NULL,
    "CreatedAt" INTEGER NOT NULL,
    "ExpiresAt" INTEGER NULL,
    "LastUsedAt" INTEGER NULL
);

CREATE TABLE "AuditEntries" (
    "Id" INTEGER NOT NULL CONSTRAINT "PK_AuditEntries" PRIMARY KEY AUTOINCREMENT,
    "Number" INTEGER NULL,
    "At" INTEGER NOT NULL,
    "Who" TEXT NOT NULL,
    "Name" TEXT NULL,
    "Method" TEXT NULL,
    "Target" TEXT NOT NULL,
    "RequestId" TEXT NULL,
    "Status" INTEGER NULL,
    "Resource" TEXT NULL,
    "Hash" TEXT NULL
);

CREATE UNIQUE INDEX "IX_ApiKeys_Id" ON "ApiKeys" ("Id");

CREATE UNIQUE INDEX "IX_AuditEntries_Number" ON "AuditEntries" ("Number");

CREATE TRIGGER "AuditEntries_stay" BEFORE DELETE ON "AuditEntries"
BEGIN SELECT RAISE(ABORT, 'The audit log is append-only.'); END;

CREATE TRIGGER "AuditEntries_stay_as_they_are" BEFORE UPDATE ON "AuditEntries" WHEN OLD."Hash" IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'The audit log is append-only.'); END;

INSERT INTO "__EFMigrationsHistory" ("MigrationId", "ProductVersion")
VALUES ('20261128034404_KeysAndAudit', '10.0.15');

COMMIT;

BEGIN TRANSACTION;
CREATE TABLE "Webhooks" (
    "Number" INTEGER NOT NULL CONSTRAINT "PK_Webhooks" PRIMARY KEY AUTOINCREMENT,
    "Name" TEXT NOT NULL,
    "Url" TEXT NOT NULL,
    "Secret" TEXT NOT NULL,
    "CreatedAt" INTEGER NOT NULL,
    "LastTransition" INTEGER NOT NULL
);

CREATE TABLE "WebhookDeliveries" (
    "Number" INTEGER NOT NULL CONSTRAINT "PK_WebhookDeliveries" PRIMARY KEY AUTOINCREMENT,
    "WebhookNumber" INTEGER NOT NULL,
    "MessageId" TEXT NOT NULL,
    "Event" TEXT NOT NULL,
    "Payload" TEXT NOT NULL,
    "CreatedAt" INTEGER NOT NULL,
    "Attempts" INTEGER NOT NULL,
    "NextAt" INTEGER NULL,
    "DeliveredAt" INTEGER NULL,
    "LastStatus" INTEGER NULL,
    "LastError" TEXT NULL,
    CONSTRAINT "FK_WebhookDeliveries_Webhooks_WebhookNumber" FOREIGN KEY ("WebhookNumber") REFERENCES "Webhooks" ("Number") ON DELETE CASCADE
);

CREATE INDEX "IX_WebhookDeliveries_NextAt" ON "WebhookDeliveries" ("NextAt");

CREATE INDEX "IX_WebhookDeliveries_WebhookNumber" ON "WebhookDeliveries" ("WebhookNumber");

CREATE UNIQUE INDEX "IX_Webhooks_Name" ON "Webhooks" ("Name");

INSERT INTO "__EFMigrationsHistory" ("MigrationId", "ProductVersion")
VALUES ('20261128053012_Webhooks', '10.0.15');

COMMIT;

BEGIN TRANSACTION;
ALTER TABLE "TrainingJobs" ADD "HoldsAfter" INTEGER NULL;

ALTER TABLE "TrainingJobs" ADD "StudyId" TEXT NULL;

ALTER TABLE "TrainingJobs" ADD "Trial" INTEGER NULL;

CREATE TABLE "Studies" (
    "Number" INTEGER NOT NULL CONSTRAINT "PK_Studies" PRIMARY KEY AUTOINCREMENT,
    "Id" TEXT NOT NULL,
    "Name" TEXT NOT NULL,
    "Kind" TEXT NOT NULL,
    "State" TEXT NOT NULL,
    "StopReason" TEXT NULL,
    "Request" TEXT NOT NULL,
    "Base" TEXT NOT NULL,
    "ModelName" TEXT NOT NULL,
    "TrialModelName" TEXT NOT NULL,
    "Trials" INTEGER NOT NULL,
    "Warnings" TEXT NOT NULL,
    "CreatedAt" INTEGER NOT NULL,
    "StartedAt" INTEGER NULL,
    "EndedAt" INTEGER NULL,
    "CountsFrom" INTEGER NULL,
    "SecondsBefore" REAL NOT NULL,
    "RefitJobId" TEXT NULL,
    "BestTrial" INTEGER NULL,
    "ModelVersion" INTEGER NULL,
    "Metrics" TEXT NULL,
    "Error" TEXT NULL
);

CREATE TABLE "StudyEvents" (
    "Number" INTEGER NOT NULL CONSTRAINT "PK_StudyEvents" PRIMARY KEY AUTOINCREMENT,
    "StudyNumber" INTEGER NOT NULL,
    "Name" TEXT NOT NULL,
    "Data" TEXT NOT NULL,
    CONSTRAINT "FK_StudyEvents_Studies_StudyNumber" FOREIGN KEY ("StudyNumber") REFERENCES "Studies" ("Number") ON DELETE CASCADE
);

CREATE TABLE "StudyTrials" (
    "Number" INTEGER NOT NULL CONSTRAINT "PK_StudyTrials" PRIMARY KEY AUTOINCREMENT,
    "StudyNumber" INTEGER NOT NULL,
    "Trial" INTEGER NOT NULL,
    "Parameters" TEXT NOT NULL,
    "JobId" TEXT NULL,
    "State" TEXT NOT NULL,
    "Rung" INTEGER NOT NULL,
    "IsOut" INTEGER NOT NULL,
    "Value" REAL NULL,
    "Epochs" INTEGER NOT NULL,
    "ModelVersion" INTEGER NULL,
    "Error" TEXT NULL,
    CONSTRAINT "FK_StudyTrials_Studies_StudyNumber" FOREIGN KEY ("StudyNumber") REFERENCES "Studies" ("Number") ON DELETE CASCADE
);

CREATE INDEX "IX_TrainingJobs_StudyId" ON "TrainingJobs" ("StudyId");

CREATE UNIQUE INDEX "IX_Studies_Id" ON "Studies" ("Id");

CREATE UNIQUE INDEX "IX_Studies_Name" ON "Studies" ("Name");

CREATE INDEX "IX_Studies_State" ON "Studies" ("State");

CREATE INDEX "IX_StudyEvents_StudyNumber_Number" ON "StudyEvents" ("StudyNumber", "Number");

CREATE UNIQUE INDEX "IX_StudyTrials_StudyNumber_Trial" ON "StudyTrials" ("StudyNumber", "Trial");

INSERT INTO "__EFMigrationsHistory" ("MigrationId", "ProductVersion")
VALUES ('20261128075550_Studies', '10.0.15');

COMMIT;

BEGIN TRANSACTION;
CREATE TABLE "JobFigures" (
    "JobNumber" INTEGER NOT NULL,
    "Path" TEXT NOT NULL,
    "Value" REAL NOT NULL,
    CONSTRAINT "PK_JobFigures" PRIMARY KEY ("JobNumber", "Path"),
    CONSTRAINT "FK_JobFigures_TrainingJobs_JobNumber" FOREIGN KEY ("JobNumber") REFERENCES "TrainingJobs" ("Number") ON DELETE CASCADE
);

INSERT INTO "JobFigures" ("JobNumber", "Path", "Value")
SELECT job."Number", part.name || '.' || figure.key, figure.value
FROM "TrainingJobs" AS job
CROSS JOIN (SELECT 'train' AS name UNION ALL SELECT 'validation' UNION ALL SELECT 'test') AS part
CROSS JOIN json_each(job."Metrics", '$.' || part.name) AS figure
WHERE figure.type IN ('integer', 'real');

CREATE INDEX "IX_TrainingJobs_TrainLoss" ON "TrainingJobs" ("TrainLoss");

CREATE INDEX "IX_TrainingJobs_ValidationLoss" ON "TrainingJobs" ("ValidationLoss");

CREATE INDEX "IX_JobFigures_Down" ON "JobFigures" ("Path", "Value", "JobNumber");

CREATE INDEX "IX_JobFigures_Up" ON "JobFigures" ("Path", "Value", "JobNumber" DESC);

INSERT INTO "__EFMigrationsHistory" ("MigrationId", "ProductVersion")
VALUES ('20261128235536_JobFigures', '10.0.15');

COMMIT;

BEGIN TRANSACTION;
CREATE TABLE "KeysOfNow" (
    "Key" TEXT NOT NULL CONSTRAINT "PK_IdempotencyKeys" PRIMARY KEY,
    "RequestSha256" TEXT NOT NULL,
    "JobNumber" INTEGER NOT NULL,
    "CreatedAt" INTEGER NOT NULL
);
INSERT INTO "KeysOfNow" ("Key", "RequestSha256", "JobNumber", "CreatedAt")
SELECT "Key", "RequestSha256", "JobNumber", "CreatedAt" FROM "IdempotencyKeys";
DROP TABLE "IdempotencyKeys";
ALTER TABLE "KeysOfNow" RENAME TO "IdempotencyKeys";
CREATE INDEX "IX_IdempotencyKeys_CreatedAt" ON "IdempotencyKeys" ("CreatedAt");

INSERT INTO "__EFMigrationsHistory" ("MigrationId", "ProductVersion")
VALUES ('20261129235759_KeysOutliveJobs', '10.0.15');

COMMIT;

BEGIN TRANSACTION;
DROP INDEX "IX_WebhookDeliveries_NextAt";

DROP INDEX "IX_TrainingJobs_State_Priority_Number";

ALTER TABLE "TrainingJobs" ADD "Summary" TEXT NULL;

ALTER TABLE "ModelVersions" ADD "Summary" TEXT NULL;

CREATE INDEX "IX_WebhookDeliveries_CreatedAt" ON "WebhookDeliveries" ("CreatedAt");

CREATE INDEX "IX_WebhookDeliveries_WebhookNumber_NextAt" ON "WebhookDeliveries" ("WebhookNumber", "NextAt");

CREATE INDEX "IX_TrainingJobs_EndedAt" ON "TrainingJobs" ("EndedAt");

CREATE INDEX "IX_TrainingJobs_State_Priority_Number" ON "TrainingJobs" ("State", "Priority" DESC, "Number");

CREATE INDEX "IX_ModelVersions_CreatedAt" ON "ModelVersions" ("CreatedAt");

CREATE INDEX "IX_ModelVersions_List" ON "ModelVersions" ("ModelNumber", "Version", "CreatedAt", "Sha256", "Summary");

INSERT INTO "__EFMigrationsHistory" ("MigrationId", "ProductVersion")
VALUES ('20261201035335_SummariesAndIndexes', '10.0.15');

COMMIT;

